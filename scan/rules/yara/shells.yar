// Whoever is at the other end of the line gives commands.

rule reverse_shell {
    meta:
        id = "QY23"
        cwe = "CWE-506"
        severity = "critical"
        category = "shell"
        why = "A shell whose input and output are a connection gives the machine to whoever is at its other end"
    strings:
        $dev_tcp = /(bash|sh|exec|cat)[^\n]{0,40}[<>&]{1,2}[ ]{0,2}\/dev\/(tcp|udp)\//
        $netcat = /\b(nc|ncat|netcat)(\.traditional)? [^\n]{0,60}-(e|c) ?\/bin\/(ba|z|da)?sh/
        $fifo = /mkfifo [^\n]{1,80}\|[ ]{0,2}(nc|ncat|netcat) /
        $dup = /os\.dup2\([ ]{0,2}[a-z_]{1,16}\.fileno\(\),[ ]{0,2}[012][ ]{0,2}\)/
        $spawned = /(pty\.spawn|subprocess\.(call|run|Popen))\([ ]{0,2}\[?["'](\/bin\/)?(ba|z|da)?sh["']/ private
        $windows = /(pty\.spawn|subprocess\.(call|run|Popen))\([ ]{0,2}\[?["'](cmd|powershell)(\.exe)?["']/ private
        $perl = "use Socket;$i=" 
    condition:
        $dev_tcp or $netcat or $fifo or $perl or ($dup and any of ($spawned, $windows)) or #dup > 2
}

rule pseudo_terminal_over_a_connection {
    meta:
        id = "QY24"
        cwe = "CWE-506"
        severity = "critical"
        category = "shell"
        why = "A terminal is opened in a file that also connects to somebody"
    strings:
        $pty = /pty\.spawn\([ ]{0,2}["'\[]/
        $connect = /\.connect\([ ]{0,2}\([ ]{0,2}[^\n)]{1,80},[ ]{0,2}[^\n)]{1,40}\)[ ]{0,2}\)/ private
        $accept = /\.accept\(\)/ private
    condition:
        $pty and ($connect or $accept)
}

rule commands_from_a_connection {
    meta:
        id = "QY25"
        cwe = "CWE-78"
        severity = "critical"
        category = "shell"
        why = "What comes over a connection is run as a command or as code"
    strings:
        $direct = /(^|[^.\w]|builtins\.)(exec|eval|os\.system|os\.popen|subprocess\.[a-zA-Z_]{3,14}|Popen|getoutput)\([^\n]{0,60}\.recv\([0-9a-zA-Z_ *]{1,20}\)/
        $received = /\b(cmd|command|order|task|instruction)[ ]{0,2}=[ ]{0,2}[a-z_]{1,16}\.recv\([0-9a-zA-Z_ *]{1,20}\)/
        $started = /(^|[^.\w]|builtins\.)(exec|eval|os\.system|os\.popen|subprocess\.[a-zA-Z_]{3,14}|Popen|getoutput)\([ ]{0,2}(cmd|command|order|task|instruction)\b/ private
    condition:
        $direct or ($received and $started)
}

rule bind_shell {
    meta:
        id = "QY26"
        cwe = "CWE-506"
        severity = "critical"
        category = "shell"
        why = "A file that waits for connections and starts shells opens the machine to whoever finds the port"
    strings:
        $bind = /\.bind\([ ]{0,2}\([ ]{0,2}["'](0\.0\.0\.0|::)?["'],[ ]{0,2}[^\n)]{1,24}\)[ ]{0,2}\)/
        $accept = /\.accept\(\)/ private
        $shell = /["'](\/bin\/(ba|z|da)?sh|cmd\.exe|powershell\.exe)["']/ private
        $any_command = /(shell[ ]?=[ ]?True|os\.popen\(|os\.system\(|getoutput\()[^\n]{0,80}/ private
        $received = ".recv(" private
        $netcat = /\b(nc|ncat|netcat) [^\n]{0,30}-l[a-z]{0,4} [^\n]{0,30}-(e|c) /
    condition:
        ($bind and $accept and ($shell or ($any_command and $received))) or $netcat
}
