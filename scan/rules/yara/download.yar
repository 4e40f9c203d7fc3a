// Code from elsewhere, fetched and run while a model is loaded.

rule download_piped_into_a_shell {
    meta:
        id = "QY17"
        cwe = "CWE-494"
        severity = "critical"
        category = "download and run"
        why = "A script is fetched and run unseen and unchecked, by code that starts processes"
    strings:
        $piped = /\b(curl|wget) [^\n|]{1,240}\|[ ]{0,2}(sudo )?(bash|sh|zsh|python3?|perl)\b/
        $substituted = /(bash|sh) (-c )?["'\\]{0,2}[<$]\((curl|wget) /
        $start = /\b(os\.system|os\.popen|subprocess\.[a-zA-Z_]{3,14}|Popen|getoutput|check_call|check_output|create_subprocess_shell)\(/ private
    condition:
        any of ($piped, $substituted) and $start
}

rule downloaded_file_is_made_executable {
    meta:
        id = "QY18"
        cwe = "CWE-494"
        severity = "high"
        category = "download and run"
        why = "A file is fetched, made executable and started: nothing that a model's weights need"
    strings:
        $mode = /\bchmod\([^\n]{1,80}(0o?[0-7]?7[0-7]{2}|S_IXUSR|S_IEXEC|S_IRWXU)/
        $mode_by_shell = /chmod (\+x|a\+x|u\+x|[0-7]?7[0-7]{2}) /
        $fetch = /\b(urlretrieve|urlopen|requests\.get|httpx\.get|wget\.download|curl -|wget -)/ private
        $start = /\b(os\.system|os\.popen|os\.exec[lv]p?e?|os\.spawn[lv]p?e?|subprocess\.[a-zA-Z_]{3,14}|Popen|check_call)\(/ private
    condition:
        any of ($mode*) and $fetch and $start
}

rule packages_installed_while_loading {
    meta:
        id = "QY19"
        cwe = "CWE-829"
        severity = "medium"
        category = "download and run"
        why = "Loading installs packages, each of which may run code of its own, in the environment of whoever loads"
    strings:
        $shell = /\b(os\.system|os\.popen|getoutput|subprocess\.[a-zA-Z_]{3,14}|Popen|check_call|check_output)\([^\n]{0,40}\b(pip3?|conda|uv|apt|apt-get) (install|-q install|add|pip install)/
        $argv = /["']-m["'],[ \t\r\n]{0,24}["']pip["'],[ \t\r\n]{0,24}["']install["']/
        $argv_pip = /\[["'](pip3?|conda|uv)["'],[ ]{0,2}(["']pip["'],[ ]{0,2})?["']install["']/
        $main = /\bpip(\._internal)?(\.cli\.main)?\.?main\([ ]{0,2}\[[ ]{0,2}["']install["']/
    condition:
        any of them
}

rule powershell_that_hides_or_fetches {
    meta:
        id = "QY20"
        cwe = "CWE-494"
        severity = "critical"
        category = "download and run"
        why = "PowerShell with an encoded command, a hidden window or a download is how droppers for Windows begin"
    strings:
        $encoded = /powershell(\.exe)?["', ]{1,4}[^\n]{0,80}-(enc|encodedcommand|e|ec)["', ]{1,4}/ nocase
        $hidden = /powershell(\.exe)?["', ]{1,4}[^\n]{0,80}-(w|windowstyle) hidden/ nocase
        $fetch = /(Invoke-WebRequest|Invoke-Expression|DownloadString|DownloadFile|Start-BitsTransfer)[ (]/ nocase
        $binaries = /\b(certutil(\.exe)? -urlcache|mshta(\.exe)? https?:|bitsadmin(\.exe)? \/transfer|regsvr32(\.exe)? \/s)/ nocase
    condition:
        any of them
}

rule code_of_another_repository {
    meta:
        id = "QY21"
        cwe = "CWE-829"
        severity = "medium"
        category = "download and run"
        why = "The loader takes the code of this class from another repository, at whatever its branch holds that day"
    strings:
        $auto_map = /"Auto[A-Z][A-Za-z0-9]{2,60}":[ ]{0,2}\[?[ \t\r\n]{0,12}"[A-Za-z0-9_.-]{1,96}\/[A-Za-z0-9_.-]{1,96}--[A-Za-z0-9_.]{1,120}"/
    condition:
        $auto_map
}

rule configuration_trusts_remote_code {
    meta:
        id = "QY22"
        cwe = "CWE-829"
        severity = "medium"
        category = "download and run"
        why = "A configuration that comes with the model says yes where the user would be asked"
    strings:
        $json = /"trust_remote_code":[ ]{0,2}true/
        $yaml = /(^|\n)[ \t]{0,16}(- )?trust_remote_code:[ ]{1,4}(true|True|yes)\b/
        $allow = /"allow_remote":[ ]{0,2}true/
        $environment = /os\.environ\[["'][A-Z_]{0,24}TRUST_REMOTE_CODE["']\][ ]?=[ ]?["'](1|true|True|yes)["']/
    condition:
        any of them
}
