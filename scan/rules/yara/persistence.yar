// What stays on the machine when the model is gone.

rule scheduled_task {
    meta:
        id = "QY39"
        cwe = "CWE-506"
        severity = "critical"
        category = "persistence"
        why = "Something is put into the schedule of the machine"
    strings:
        $crontab = /\bcrontab (-l[^\n]{0,80}\|[^\n]{0,120}crontab )?-["' ]?/
        $cron_argv = /\[["']crontab["'],[ ]{0,2}["'](-|\/)/
        $folders = /["' >]\/(etc\/cron\.(d|hourly|daily|weekly)|var\/spool\/cron|etc\/crontab)\b/
        $reboot = /@reboot [^\n]{3}/
        $windows = /schtasks(\.exe)?["', ]{1,4}\/create/ nocase
    condition:
        any of them
}

rule service_or_autostart {
    meta:
        id = "QY40"
        cwe = "CWE-506"
        severity = "critical"
        category = "persistence"
        why = "A service or an entry that the system starts at every boot or login is written"
    strings:
        $unit = /["' >\/](etc\/systemd\/system|\.config\/systemd\/user|lib\/systemd\/system)\//
        $enable = /systemctl[^\n]{0,30} (enable|daemon-reload)/
        $init = /["' >]\/etc\/(init\.d|rc\.local|profile\.d)\b/
        $agent = /Library\/Launch(Agents|Daemons)\//
        $autostart = /\.config[\/\\"', ]{1,6}autostart\b/
        $run_key = /CurrentVersion\\{1,2}Run(Once)?\b/ nocase
        $startup = /Start Menu\\{1,2}Programs\\{1,2}Startup/ nocase
        $act = /\b(open|write_text|write|system|run|call|check_call|Popen|copy|copyfile|SetValueEx|CreateKey)\(/ private
    condition:
        any of ($unit, $enable, $init, $agent, $autostart, $run_key, $startup) and $act
}

rule shell_profile_or_login_keys {
    meta:
        id = "QY41"
        cwe = "CWE-506"
        severity = "critical"
        category = "persistence"
        why = "What every new shell runs, or who may log in, is changed"
    strings:
        $written = /open\([^\n]{0,100}\.(bashrc|bash_profile|bash_login|zshrc|zprofile|profile|bash_aliases|config\/fish\/config\.fish)["'][^\n]{0,24}["'][aw]/
        $echoed = />>? ?["'{}~$A-Za-z\/_]{0,40}\/\.(bashrc|bash_profile|zshrc|zprofile|profile|bash_aliases)\b/
        $path = /\.(bashrc|bash_profile|zshrc|zprofile|bash_aliases)["'][^\n]{0,12}\)?\.?(open\(["'][aw]|write_text\()/
        $named = /["'\/~]\.(bashrc|bash_profile|bash_login|zshrc|zprofile|bash_aliases)["']/
        $appends = /\bopen\([ ]{0,2}[a-z_]{1,24}[ ]{0,2},[ ]{0,2}["'][aw][bt+]{0,2}["']/ private
        $keys = /\.ssh[\/\\"', ]{1,6}authorized_keys/
        $preload = /["' >]\/etc\/ld\.so\.preload/
    condition:
        any of ($written, $echoed, $path, $keys, $preload) or ($named and $appends)
}

rule startup_file_of_python {
    meta:
        id = "QY42"
        cwe = "CWE-506"
        severity = "critical"
        category = "persistence"
        why = "A file is written that every later Python process runs before anything else"
    strings:
        $customize = /["'\/](sitecustomize|usercustomize)\.py["']/
        $pth_code = /["']import [^\n"']{1,200};[ ]{0,2}(exec|__import__|eval)\(/
        $site_pth = /(getsitepackages|getusersitepackages|site-packages|purelib|USER_SITE)[^\n]{0,120}\.pth["']/
        $startup = /PYTHONSTARTUP["']?\]?[ ]{0,2}=/
        $write = /(\.write\(|write_text\(|write_bytes\(|copyfile\(|putenv\(|environ\[|shutil\.copy)/ private
    condition:
        any of ($customize, $pth_code, $site_pth, $startup) and $write
}

rule code_in_a_path_file {
    meta:
        id = "QY43"
        cwe = "CWE-506"
        severity = "high"
        category = "persistence"
        why = "The file begins as path files do whose line is run by every Python process"
    strings:
        $line = /import [a-z0-9_.]{2,30}(,[ ]?[a-z0-9_.]{2,30}){0,4};[ ]{0,2}(exec\(|eval\(|__import__\(|os\.system\(|[a-z_.]{2,40}\([^\n]{0,60}(exec|decode)\()/
    condition:
        $line at 0 or $line at 3
}

rule packages_on_disk_are_changed {
    meta:
        id = "QY44"
        cwe = "CWE-506"
        severity = "critical"
        category = "persistence"
        why = "The source of an installed package is written to, so that it does something else from now on"
    strings:
        $module_file = /open\([ ]{0,2}(inspect\.getfile\([^\n)]{1,40}\)|(transformers|torch|numpy|requests|os|site|huggingface_hub|diffusers)(\.[a-z_]{1,30}){0,3}\.__file__)[^\n]{0,20}["'][aw]/
        $write_text = /Path\([ ]{0,2}(inspect\.getfile\([^\n)]{1,40}\)|(transformers|torch|numpy|requests|os|site|huggingface_hub|diffusers)(\.[a-z_]{1,30}){0,3}\.__file__)[ ]{0,2}\)[^\n]{0,60}\.write_(text|bytes)\(/
    condition:
        any of them
}
