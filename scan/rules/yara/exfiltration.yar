// Ways out of a machine that nobody watches, and what runs on it for others.

rule collector_of_messages {
    meta:
        id = "QY34"
        cwe = "CWE-201"
        severity = "high"
        category = "exfiltration"
        why = "Webhooks of chats, and services that show what they are sent, take data from anybody without an account"
    strings:
        $webhook = /\/api\/webhooks\/[0-9]{17,20}\/[A-Za-z0-9_-]{20,100}/
        $bot = /\/bot[0-9]{8,10}:[A-Za-z0-9_-]{30,40}\/(send|get)[A-Z]/
        $bot_built = /api\.telegram\.org\/bot/
        $incoming = /\/services\/T[A-Z0-9]{8,12}\/B[A-Z0-9]{8,12}\/[A-Za-z0-9]{20,28}/
        $bins = /https?:\/\/[a-z0-9.-]{0,60}(webhook\.site|requestbin\.|pipedream\.net|beeceptor\.com|hookbin\.com|requestcatcher\.com|ptsv[0-9]\.com)/
        $callbacks = /[a-z0-9{}-]{1,60}\.(oast\.(fun|pro|live|site|online|me)|interact\.sh|burpcollaborator\.net|oastify\.com|dnslog\.cn|canarytokens\.com)/
        $drops = /https?:\/\/(transfer\.sh|file\.io|0x0\.st|anonfiles?\.com|gofile\.io|paste\.ee|ix\.io|termbin\.com|pastebin\.com\/(raw|api))/
        $tunnels = /[a-z0-9-]{4,60}\.(ngrok\.io|ngrok-free\.app|trycloudflare\.com|serveo\.net|localtunnel\.me|loca\.lt)/
    condition:
        any of them
}

rule data_in_names_of_hosts {
    meta:
        id = "QY35"
        cwe = "CWE-201"
        severity = "high"
        category = "exfiltration"
        why = "Data is put into the name of a host that is looked up, which passes where nothing else does"
    strings:
        $encoded = /\b(gethostbyname|gethostbyname_ex|getaddrinfo|resolver\.resolve|resolver\.query|nslookup|dig)[( ][^\n]{0,100}(b32encode|b64encode|hexlify|\.hex\(\)|b16encode)/
        $formatted = /\b(gethostbyname|getaddrinfo|resolver\.resolve|resolver\.query)\([ ]{0,2}f["'][^\n"']{0,60}\{[^\n"'}]{1,80}\}\.[^\n"']{3,80}["']/
        $added = /\b(gethostbyname|getaddrinfo|resolver\.resolve|resolver\.query)\([ ]{0,2}[a-z_.]{1,40}(\([^)\n]{0,20}\))?[ ]{0,2}\+[ ]{0,2}f?["']\./
        $shell = /\b(nslookup|dig|host|ping)( -[a-z0-9 ]{1,8})? (\$\(|`|\{)[^\n]{1,80}(\)|`|\})\.[a-z0-9]/
    condition:
        any of them
}

rule files_are_packed_and_sent {
    meta:
        id = "QY36"
        cwe = "CWE-201"
        severity = "high"
        category = "exfiltration"
        why = "Files of the user's home are collected and uploaded"
    strings:
        $upload = /\.(post|put)\([^\n]{1,160}files[ ]?=[^\n]{0,80}open\(/
        $home = /(os\.walk|glob\.glob|rglob|make_archive)\([^\n]{0,80}(expanduser\(|Path\.home\(\)|["']\/home|["']\/root|["']~)/
        $walk_home = /(Path\.home\(\)|expanduser\(["']~["']\)\)?)\.(rglob|glob)\(/
        $sends = /(requests\.(post|put)|httpx\.(post|put)|urlopen|\.sendall|storbinary|ftplib\.FTP)\(/ private
    condition:
        ($upload and any of ($home, $walk_home)) or (any of ($home, $walk_home) and $sends)
}

rule mail_or_ftp_with_a_password {
    meta:
        id = "QY37"
        cwe = "CWE-201"
        severity = "medium"
        category = "exfiltration"
        why = "Code that loads a model has no letters to write and no files to put on servers"
    strings:
        $mail = /smtplib\.SMTP(_SSL)?\(/
        $ftp = /ftplib\.FTP(_TLS)?\(/
        $login = /\.login\([ ]{0,2}[^\n)]{1,80},[^\n)]{1,80}\)/ private
        $send = /\.(sendmail|send_message|storbinary|storlines)\(/ private
    condition:
        any of ($mail, $ftp) and $login and $send
}

rule miner {
    meta:
        id = "QY38"
        cwe = "CWE-506"
        severity = "critical"
        category = "mining"
        why = "Coins are mined on the machine, for somebody else"
    strings:
        $protocol = /stratum(\+(tcp|ssl|tls|udp))?:\/\//
        $xmrig = /\bxmrig\b/ nocase
        $donate = "--donate-level"
        $algorithm = /["' =](cryptonight|randomx|rx\/0|ethash|kawpow|autolykos2?)["' ,]/ nocase
        $pool = /["' ](--coin|--algo|-o) [^\n]{1,80}(pool|monero|xmr)[^\n]{0,60}:[0-9]{3,5}/
        $worker = /(--user|--wallet|"user":|"wallet":)[ "']{1,3}(4[0-9AB][1-9A-HJ-NP-Za-km-z]{93}|0x[0-9a-fA-F]{40}|bc1[0-9a-z]{39})/
        $minerd = /\b(minerd|cpuminer|nbminer|lolMiner|phoenixminer)[ \/"'.-]/
    condition:
        $protocol or $xmrig or $donate or $minerd or $pool or ($algorithm and $worker)
}

rule request_to_a_bare_address {
    meta:
        id = "QY67"
        cwe = "CWE-201"
        severity = "medium"
        category = "exfiltration"
        why = "A server without a name, in nobody's network at home, is written into the code"
    strings:
        $request = /(requests\.(get|post|put)|httpx\.(get|post|put)|urlopen|Request)\([ \t\r\n]{0,20}f?["']https?:\/\/([1-9]|1[1-9]|[2-9][0-9]|1[013-68][0-9]|12[0-689]|17[013-9]|19[013-9]|2[0-4][0-9]|25[0-5])\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}[:\/"']/
        $connect = /\.connect\([ ]{0,2}\([ ]{0,2}["']([1-9]|1[1-9]|[2-9][0-9]|1[013-68][0-9]|12[0-689]|17[013-9]|19[013-9]|2[0-4][0-9]|25[0-5])\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}["'],/
    condition:
        any of them
}
