// What is nobody's business but the user's: keys, tokens, stores of browsers, the machine's identity.

rule cloud_metadata_address {
    meta:
        id = "QY27"
        cwe = "CWE-522"
        severity = "high"
        category = "harvesting"
        why = "The address at which a machine in a cloud gets its own credentials"
    strings:
        $link_local = "169.254.169.254"
        $container = "169.254.170.2"
        $six = "fd00:ec2::254" nocase
        $google = "metadata.google.internal" nocase
        $alibaba = "100.100.100.200"
        $header = "X-aws-ec2-metadata-token" nocase
    condition:
        any of them
}

rule private_keys_and_credential_files {
    meta:
        id = "QY28"
        cwe = "CWE-522"
        severity = "high"
        category = "harvesting"
        why = "A file in which people keep keys or passwords for other machines"
    strings:
        $ssh = /\.ssh[\/\\"', ]{1,6}(id_(rsa|dsa|ecdsa|ed25519)|\*|config\b)/
        $ssh_key = /["'\/](id_rsa|id_ecdsa|id_ed25519)["']/
        $aws = /\.aws[\/\\"', ]{1,6}credentials/
        $google = "application_default_credentials.json"
        $kube = /\.kube[\/\\"', ]{1,6}config\b/
        $docker = /\.docker[\/\\"', ]{1,6}config\.json/
        $azure = /\.azure[\/\\"', ]{1,6}(accessTokens|azureProfile|msal_token_cache)/
        $git = ".git-credentials"
        $pypirc = /["'\/~]\.(pypirc|npmrc|netrc|pgpass|my\.cnf)["']/
        $shadow = /["' ]\/etc\/(shadow|gshadow|sudoers)\b/
        $service = "/var/run/secrets/kubernetes.io/serviceaccount"
        $use = /\b(open|read_text|read_bytes|read|glob|walk|copy|copyfile|system|check_output|expanduser|requests|Path)\(/ private
    condition:
        any of ($ssh, $ssh_key, $aws, $google, $kube, $docker, $azure, $git, $pypirc, $shadow, $service) and $use
}

rule access_tokens_are_sent {
    meta:
        id = "QY29"
        cwe = "CWE-522"
        severity = "high"
        category = "harvesting"
        why = "Tokens of hubs and clouds are read in a file that puts them into the address or body of a request"
    strings:
        $token_file = /\.cache[\/\\"', ]{1,6}huggingface[\/\\"', ]{1,6}(token|stored_tokens)/
        $variable = /(environ(\.get)?[\[(]|getenv\()[ ]?["'](HF_TOKEN|HUGGING_FACE_HUB_TOKEN|HUGGINGFACEHUB_API_TOKEN|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|OPENAI_API_KEY|ANTHROPIC_API_KEY|GITHUB_TOKEN|WANDB_API_KEY|AZURE_CLIENT_SECRET|KAGGLE_KEY)["']/
        $folder = /\b(HfFolder\.get_token|get_token)\(\)/
        $body = /\.(post|put)\([^\n]{1,120}\b(json|data|params|files)[ ]?=[^\n]{0,120}(token|secret|api_key|key)\b/ nocase private
        $address = /(urlopen|requests\.get|httpx\.get)\([^\n]{1,120}[?&][a-z_]{1,16}=[{%"'][^\n]{0,60}(token|secret|key)/ nocase private
    condition:
        any of ($token_file, $variable, $folder) and any of ($body, $address)
}

rule environment_is_sent {
    meta:
        id = "QY30"
        cwe = "CWE-201"
        severity = "critical"
        category = "harvesting"
        why = "All environment variables, tokens among them, leave the machine"
    strings:
        $direct = /\.(post|put|send|sendall|sendto|urlopen)\([^\n]{0,160}\bos\.environ\b[ ]{0,2}[,)}.]/
        $dumped = /\b(json\.dumps|urlencode|dict|str|repr|b64encode)\([ ]{0,2}(dict\([ ]{0,2}|str\([ ]{0,2})?os\.environ(\.copy\(\)|\.items\(\))?[ ]{0,2}\)/
        $printed = /\b(check_output|getoutput|popen|run)\([ ]{0,2}\[?["'](printenv|env|set)["']/
        $sends = /(requests\.(post|put|get)|httpx\.(post|put|get)|urlopen|\.sendall|\.sendto|urllib\.request\.Request|http\.client\.HTTPS?Connection)\(/ private
    condition:
        $direct or (any of ($dumped, $printed) and $sends)
}

rule browser_and_wallet_stores {
    meta:
        id = "QY31"
        cwe = "CWE-522"
        severity = "critical"
        category = "harvesting"
        why = "Where browsers keep passwords and cookies, messengers their sessions, and wallets their keys"
    strings:
        $chrome = /(Google[\/\\"', ]{1,6}Chrome|google-chrome|BraveSoftware|Microsoft[\/\\"', ]{1,6}Edge|Chromium)[^\n]{0,60}(User Data|Default|Login Data|Cookies)/
        $login_data = /["'\/\\]Login Data["']/
        $local_state = /["'\/\\]Local State["']/
        $firefox = /["'\/\\](cookies\.sqlite|logins\.json|key4\.db|key3\.db)["']/
        $discord = /discord[^\n]{0,40}Local Storage[\/\\"', ]{1,6}leveldb/ nocase
        $metamask = "nkbihfbeogaeaoehlefnkodbefgpgknn"
        $wallet = /["'\/\\](wallet\.dat|electrum[\/\\]wallets|Exodus[\/\\]exodus\.wallet|\.ethereum[\/\\]keystore|solana[\/\\]id\.json)["']?/
        $unprotect = "CryptUnprotectData"
    condition:
        any of them
}

rule host_is_described_to_a_server {
    meta:
        id = "QY32"
        cwe = "CWE-359"
        severity = "high"
        category = "harvesting"
        why = "Who is at which machine is sent away, as packages do that look where they got in"
    strings:
        $direct = /(requests\.(post|put|get)|httpx\.(post|put|get)|session\.post|urlopen|\.sendall|\.sendto)\([^\n]{0,200}(socket\.gethostname|platform\.node|platform\.uname|getpass\.getuser|os\.getlogin|os\.uname)\(\)/
        $user = /\b(getpass\.getuser|os\.getlogin)\(\)/
        $host = /\b(socket\.gethostname|platform\.node|os\.uname|platform\.uname)\(\)/ private
        $sends = /(requests\.(post|put)|httpx\.(post|put)|urlopen|\.sendall|\.sendto|urllib\.request\.Request)\(/ private
    condition:
        $direct or ($user and $host and $sends)
}

rule keys_and_screen_are_watched {
    meta:
        id = "QY33"
        cwe = "CWE-200"
        severity = "critical"
        category = "harvesting"
        why = "Keystrokes, the clipboard, the screen or the microphone are recorded by code that loads a model"
    strings:
        $keyboard = /\b(pynput\.keyboard|from pynput import keyboard|from pynput\.keyboard import|keyboard\.on_press\(|keyboard\.hook\(|SetWindowsHookEx|GetAsyncKeyState)/
        $screen = /\b(ImageGrab\.grab|pyautogui\.screenshot|mss\.mss|pyscreenshot\.grab)\(/
        $clipboard = /\b(pyperclip\.paste|win32clipboard\.GetClipboardData)\(/
        $sends = /(requests\.(post|put)|httpx\.(post|put)|urlopen|\.sendall|\.sendto|urllib\.request\.Request|storbinary)\(/ private
        $coins = "[a-km-zA-HJ-NP-Z1-9]{25" private
    condition:
        $keyboard or (any of ($screen, $clipboard) and $sends) or ($clipboard and $coins)
}
