// Code that looks whether it is watched, or sees to it that it is not.

rule debugger_is_looked_for {
    meta:
        id = "QY45"
        cwe = "CWE-693"
        severity = "high"
        category = "evasion"
        why = "Code that behaves differently under a debugger has something to hide from whoever uses one"
    strings:
        $tracer = "TracerPid"
        $windows = /\b(IsDebuggerPresent|CheckRemoteDebuggerPresent|NtQueryInformationProcess)\b/
        $traceme = /\bptrace\([ ]{0,2}(0|PTRACE_TRACEME|31|PT_DENY_ATTACH)\b/
        $gettrace = /\bif sys\.gettrace\(\)( is not None)?[^\n]{0,20}:[ \t\r\n]{1,40}((sys\.exit|os\._exit|exit|quit)\(|return\b|raise SystemExit)/
        $modules = /["'](pydevd|debugpy|_pydevd_bundle|pdb)["'] in sys\.modules[^\n]{0,30}:[ \t\r\n]{1,40}((sys\.exit|os\._exit|exit|quit)\(|return\b|raise SystemExit)/
    condition:
        any of them
}

rule sandbox_is_looked_for {
    meta:
        id = "QY46"
        cwe = "CWE-693"
        severity = "high"
        category = "evasion"
        why = "Traces of virtual machines and analysis tools are looked for, so that nothing happens where it would be seen"
    strings:
        $virtualbox = /\b(VBoxGuest|VBoxService|VBoxTray|VBOX__|virtualbox guest)/ nocase
        $vmware = /\b(vmtoolsd|vmwaretray|VMware Tools|vmware-vmx)/ nocase
        $sandboxie = "SbieDll" nocase
        $qemu = /\b(qemu-ga|QEMU HARDDISK|xen-detect)/ nocase
        $dmi = "/sys/class/dmi/id/"
        $mac = /["'](08:00:27|00:0c:29|00:50:56|00:05:69|00:1c:42|52:54:00)["':]/ nocase
        $users = /["'](WDAGUtilityAccount|cuckoo|sandbox|malware|virus|maltest|joesandbox)["'],/ nocase
        $tools = /["'](wireshark|procmon(64)?|x64dbg|ollydbg|idaq?(64)?|fiddler|tcpdump|processhacker)(\.exe)?["']/ nocase
        $container = "/.dockerenv"
        $leaves = /\b(sys\.exit|os\._exit|exit|quit)\(/ private
    condition:
        2 of ($virtualbox, $vmware, $sandboxie, $qemu, $mac, $users, $tools) or
        (any of ($dmi, $container, $virtualbox, $vmware, $mac) and $leaves)
}

rule long_sleep_before_work {
    meta:
        id = "QY47"
        cwe = "CWE-693"
        severity = "medium"
        category = "evasion"
        why = "Minutes of sleep or a date that must be past outlast the patience of automatic analysis"
    strings:
        $sleep = /time\.sleep\([ ]{0,2}([6-9][0-9]{2}|[1-9][0-9]{3,6}|[0-9]{1,4}[ ]?\*[ ]?(60|3600))[ ]{0,2}(\*[ ]?[0-9]{1,4}[ ]{0,2})?\)/
        $runs = /(^|[^.\w]|builtins\.)(exec|eval|os\.system|os\.popen|subprocess\.[a-zA-Z_]{3,14}|Popen|__import__|urlopen|requests\.get)\([^)\n]/ private
        $date = /if [^\n]{0,40}(datetime\.(datetime\.)?now\(\)|date\.today\(\)|time\.time\(\))[ ]{0,2}>=?[ ]{0,2}(datetime|date|[0-9]{9,10})[^\n]{0,60}:[ \t\r\n]{1,40}[^\n]{0,60}(exec|os\.system|subprocess|eval|urlopen)/
    condition:
        ($sleep and $runs) or $date
}

rule traces_are_removed {
    meta:
        id = "QY48"
        cwe = "CWE-778"
        severity = "high"
        category = "evasion"
        why = "The file deletes itself, the history of the shell is cleared, or protection is switched off"
    strings:
        $itself = /\bos\.(remove|unlink)\([ ]{0,2}(os\.path\.(abspath|realpath)\([ ]{0,2})?(__file__|sys\.argv\[0\])/
        $itself_path = /Path\([ ]{0,2}__file__[ ]{0,2}\)(\.resolve\(\))?\.unlink\(/
        $history = /(HISTFILE=\/dev\/null|unset HISTFILE|history -c\b|rm [^\n]{0,20}\.bash_history|HISTSIZE=0)/
        $protection = /(setenforce 0|ufw disable|iptables -F\b|DisableRealtimeMonitoring|Add-MpPreference -ExclusionPath|netsh advfirewall set [a-z]{3,14} state off)/ nocase
        $logs = /\brm [^\n]{0,20}\/var\/log\/|wevtutil cl /
    condition:
        any of them
}

rule code_in_memory {
    meta:
        id = "QY49"
        cwe = "CWE-506"
        severity = "critical"
        category = "evasion"
        why = "Machine code is put into memory and called, or a program is run that never was a file"
    strings:
        $virtual = /\b(VirtualAlloc|VirtualAllocEx|VirtualProtect|CreateRemoteThread|RtlMoveMemory|WriteProcessMemory)\b/
        $memfd = /\b(os\.memfd_create\(|memfd_create\b[^\n]{0,60}(syscall|319))/
        $executable = /mmap\.mmap\([^\n]{0,120}PROT_EXEC/
        $called = /(CFUNCTYPE|WINFUNCTYPE)\([^\n]{0,60}\)[ ]{0,2}\([ ]{0,2}(ctypes\.)?(addressof|cast|c_void_p)/
        $shellcode = /\bshellcode[ ]{0,2}=[ ]{0,2}\(?[ \t\r\n]{0,12}b["']\\x/
    condition:
        any of them
}

rule checks_of_loaders_are_replaced {
    meta:
        id = "QY50"
        cwe = "CWE-693"
        severity = "high"
        category = "evasion"
        why = "What asks the user, or what bounds unpickling, is replaced by something that says yes"
    strings:
        $asked = /\b(resolve_trust_remote_code|_check_repo_is_trusted|check_torch_load_is_safe)[ ]{0,2}=[ ]{0,2}(lambda|[a-z_]{3,40}\b)/
        $find_class = /\b(Unpickler|_Unpickler|RestrictedUnpickler|_legacy_load)\.find_class[ ]{0,2}=/
        $load = /\btorch\.(serialization\.)?load[ ]{0,2}=[ ]{0,2}(lambda|functools\.partial|partial)\b[^\n]{0,120}weights_only[ ]?=[ ]?False/
        $input = /\bbuiltins\.input[ ]{0,2}=[ ]{0,2}lambda/
        $variable = /environ\[["']TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD["']\][ ]?=[ ]?["'](1|y|yes|true)/
    condition:
        any of them
}
