// Text that becomes code: decoded, unpacked, built letter by letter, or fetched by a name that nobody can search for.

rule exec_of_decoded_text {
    meta:
        id = "QY01"
        cwe = "CWE-95, CWE-506"
        severity = "critical"
        category = "packed payload"
        why = "Code that is decoded in the same expression that runs it is written so that nobody reads it"
    strings:
        $run = /(^|[^.\w]|builtins\.)(exec|eval)\(([^)\n][^\n]{0,200})?(b(16|32|64|85)decode|a85decode|urlsafe_b64decode|unhexlify|bytes\.fromhex|codecs\.decode|\.decompress)\(/
        $decoded_twice = /b64decode\([^\n]{0,80}b64decode\([^\n]{0,80}b64decode\(/
    condition:
        any of them
}

rule exec_beside_decoding {
    meta:
        id = "QY02"
        cwe = "CWE-95, CWE-506"
        severity = "high"
        category = "packed payload"
        why = "A file that decodes text and runs a variable as code may run what it decoded"
    strings:
        $run = /(^|[^.\w]|builtins\.)exec\([ \t]{0,2}[A-Za-z_]\w{0,40}(\.decode\([^)\n]{0,20}\))?[ \t]{0,2}[,)]/
        $run_compiled = /(^|[^.\w]|builtins\.)exec\([ \t]{0,2}compile\(/
        $decodes = /\b(b(16|32|64|85)decode|a85decode|unhexlify|bytes\.fromhex|zlib\.decompress|lzma\.decompress|bz2\.decompress|marshal\.loads)\(/ private
    condition:
        any of ($run*) and $decodes
}

rule marshal_of_packed_bytes {
    meta:
        id = "QY03"
        cwe = "CWE-502, CWE-506"
        severity = "critical"
        category = "packed payload"
        why = "Byte code that is unpacked and loaded at run time cannot be read, and runs in no other version of Python"
    strings:
        $chain = /marshal\.loads\([^\n]{0,200}(decompress|decode|unhexlify|fromhex|\[::-1\])/
        $imported = /__import__\(["']marshal["']\)\.loads\(/
    condition:
        any of them
}

rule long_encoded_literal_is_decoded {
    meta:
        id = "QY04"
        cwe = "CWE-506"
        severity = "high"
        category = "packed payload"
        why = "Hundreds of encoded characters in a call that decodes them, in a file that runs text as code"
    strings:
        $base64 = /b(64|85|32)decode\([ \t\r\n(]{0,12}b?r?["'][A-Za-z0-9+\/=_\-\\\n]{300}/
        $hex = /(unhexlify|bytes\.fromhex)\([ \t\r\n(]{0,12}b?["'][0-9a-fA-F]{300}/
        $bytes = /decompress\([ \t\r\n(]{0,12}b["']x(\\x[0-9a-f]{2}|[^"'\n]){200}/
        $run = /(^|[^.\w]|builtins\.)(exec|eval)\([^)\n]/ private
        $load = "marshal.loads(" private
        $import = /__import__\(["']/ private
    condition:
        any of ($base64, $hex, $bytes) and any of ($run, $load, $import)
}

rule base64_of_code {
    meta:
        id = "QY05"
        cwe = "CWE-506"
        severity = "high"
        category = "packed payload"
        why = "Python or shell code is hidden as base64 text"
    strings:
        $import_os = "import os" base64
        $import_socket = "import socket" base64
        $import_subprocess = "import subprocess" base64
        $dunder_import = "__import__(" base64
        $exec = "exec(compile(" base64
        $system = "os.system(" base64
        $requests = "urllib.request" base64
        $shell = "/bin/bash -" base64
        $powershell = "powershell -" base64
    condition:
        any of them
}

rule hexadecimal_of_code {
    meta:
        id = "QY06"
        cwe = "CWE-506"
        severity = "high"
        category = "packed payload"
        why = "Python or shell code is hidden as hexadecimal digits or escapes"
    strings:
        $import_hex = "696d706f727420" nocase
        $exec_hex = "6578656328" nocase
        $dunder_hex = "5f5f696d706f72745f5f" nocase
        $import_escaped = "\\x69\\x6d\\x70\\x6f\\x72\\x74" nocase
        $exec_escaped = "\\x65\\x78\\x65\\x63" nocase
        $eval_escaped = "\\x65\\x76\\x61\\x6c" nocase
        $system_escaped = "\\x73\\x79\\x73\\x74\\x65\\x6d" nocase
    condition:
        any of them
}

rule exec_of_reversed_text {
    meta:
        id = "QY07"
        cwe = "CWE-95, CWE-506"
        severity = "high"
        category = "obfuscation"
        why = "Text that is turned round, or moved along the alphabet, before it is run is written so that nobody reads it"
    strings:
        $reversed = /(^|[^.\w]|builtins\.)(exec|eval|__import__)\(([^)\n][^\n]{0,200})?\[::-1\]/
        $joined = /(^|[^.\w]|builtins\.)(exec|eval|__import__)\(([^)\n][^\n]{0,120})?reversed\(/
        $rot13 = /(^|[^.\w]|builtins\.)(exec|eval|__import__)\(([^)\n][^\n]{0,200})?["']rot_?13["']/
        $tropmi = /["'][^"'\n]{0,80}(so tropmi|metsys\.so|\(cexe|ssecorpbus tropmi)/
    condition:
        any of them
}

rule exec_of_an_answer {
    meta:
        id = "QY08"
        cwe = "CWE-494"
        severity = "critical"
        category = "download and run"
        why = "What a server answers is run as code, so whoever has the server has the machine"
    strings:
        $run = /(^|[^.\w]|builtins\.)(exec|eval)\(([^)\n][^\n]{0,120})?(requests\.(get|post)|httpx\.(get|post)|urlopen|urllib2?\.request)/
        $compiled = /\bcompile\([^\n]{0,80}(requests\.(get|post)|httpx\.(get|post)|urlopen)\(/
        $text = /(^|[^.\w]|builtins\.)(exec|eval)\([ \t]{0,2}(r|res|resp|response|answer|reply|req)\.(text|content|read\(\))/
        $unpickled = /\b(pickle|dill|cloudpickle|marshal)\.loads\([^\n]{0,80}(requests\.(get|post)|httpx\.(get|post)|urlopen|\.recv)\(/
    condition:
        any of them
}

rule import_by_text_to_call_at_once {
    meta:
        id = "QY09"
        cwe = "CWE-95"
        severity = "high"
        category = "obfuscation"
        why = "A module with power over the machine is imported by its name as text and used in one expression"
    strings:
        $dunder = /__import__\([ ]{0,2}["'](os|subprocess|socket|pty|ctypes|marshal|builtins|shutil|codecs|zlib|base64|urllib\.request)["'][^)\n]{0,20}\)\.[a-z_]/
        $importlib = /import_module\([ ]{0,2}["'](os|subprocess|socket|pty|ctypes|builtins)["'][ ]{0,2}\)\.[a-z_]/
        $built = /__import__\([ ]{0,2}["'][a-z]{1,6}["'][ ]{0,2}\+[ ]{0,2}["'][a-z]{1,12}["']/
    condition:
        any of them
}

rule builtin_by_computed_name {
    meta:
        id = "QY10"
        cwe = "CWE-470"
        severity = "high"
        category = "obfuscation"
        why = "A built-in function is fetched by a name that is put together, so that a search for it finds nothing"
    strings:
        $getattr = /getattr\([ ]{0,2}(__builtins__|builtins|__import__\(["']builtins["']\)|os|subprocess)[ ]{0,2},[ ]{0,2}(["'][a-z_]{1,12}["'][ ]{0,2}\+|["']["']\.join|["'][a-z_]{2,20}["']\[::|chr\(|base64|bytes)/
        $item = /(__builtins__\.__dict__|vars\(builtins\)|vars\(__builtins__\)|globals\(\)\[["']__builtins__["']\])\[[^\]\n]{0,60}(\+|join|chr|\[::)/
        $literal = /getattr\([ ]{0,2}(__builtins__|builtins)[ ]{0,2},[ ]{0,2}["'](exec|eval|compile|__import__)["']/
    condition:
        any of them
}

rule code_in_letters_by_number {
    meta:
        id = "QY11"
        cwe = "CWE-506"
        severity = "high"
        category = "obfuscation"
        why = "Text is put together from numbers of letters, so that a search for it finds nothing"
    strings:
        $added = /chr\([0-9 +*^-]{1,12}\)[ ]{0,2}\+[ ]{0,2}chr\([0-9 +*^-]{1,12}\)[ ]{0,2}\+[ ]{0,2}chr\([0-9 +*^-]{1,12}\)[ ]{0,2}\+[ ]{0,2}chr\(/
        $mapped = /\.join\([ ]{0,2}map\([ ]{0,2}chr[ ]{0,2},[ ]{0,2}[\[(][0-9 ,\n]{24}/
        $listed = /\.join\([ ]{0,2}\[?chr\([a-z_ ]{1,12}([-+^*][ ]?\w{1,6}[ ]?)?\)[ ]{1,2}for [a-z_]{1,12} in [\[(][0-9 ,\n]{24}/
        $run_bytes = /(^|[^.\w]|builtins\.)(exec|eval)\([ ]{0,2}bytes\([ ]{0,2}[\[(][0-9 ,\n]{12}/
        $run_xor = /(^|[^.\w]|builtins\.)(exec|eval)\(([^)\n][^\n]{0,120})?chr\([^\n)]{0,30}\^/
    condition:
        any of them
}

rule lambda_chain {
    meta:
        id = "QY12"
        cwe = "CWE-506"
        severity = "high"
        category = "obfuscation"
        why = "Functions without names inside each other, down to a call that runs text, come from obfuscators"
    strings:
        $nested = /\(lambda [^\n]{0,80}\(lambda [^\n]{0,80}\(lambda [^\n]{0,300}(exec|eval|__import__|getattr|globals|__builtins__)/
        $packer = /lambda _{1,4}[ ]?:[ ]?__import__\(/
        $underscores = /\b_{2,8}[ ]?=[ ]?(exec|eval|getattr|__import__|compile)\b/
    condition:
        any of them
}

rule exec_beside_a_download {
    meta:
        id = "QY64"
        cwe = "CWE-494"
        severity = "high"
        category = "download and run"
        why = "A file that fetches text and runs a variable as code may run what it fetched"
    strings:
        $run = /(^|[^.\w]|builtins\.)exec\([ \t]{0,2}[A-Za-z_]\w{0,40}(\.decode\([^)\n]{0,20}\)|\.text|\.content)?[ \t]{0,2}[,)]/
        $compiled = /(^|[^.\w]|builtins\.)exec\([ \t]{0,2}compile\([ \t]{0,2}[A-Za-z_]\w{0,40}/
        $fetches = /=[ ]?(requests\.(get|post)|httpx\.(get|post)|(urllib\.request\.)?urlopen|session\.get|hf_hub_download)\(/ private
    condition:
        any of ($run, $compiled) and $fetches
}

rule code_in_a_picture {
    meta:
        id = "QY65"
        cwe = "CWE-506"
        severity = "critical"
        category = "packed payload"
        why = "Text that is hidden in the pixels of a picture is taken out and run as code"
    strings:
        $direct = /(exec|eval)\([^\n]{0,40}(lsb\.reveal|Steganography\.decode|exifHeader\.reveal)\(/
        $taken = /\b(lsb\.reveal|Steganography\.decode|exifHeader\.reveal)\(/
        $run = /(^|[^.\w]|builtins\.)(exec|eval|os\.system)\([ \t]{0,2}[A-Za-z_]\w{0,40}[ \t]{0,2}[,)]/ private
    condition:
        $direct or ($taken and $run)
}

rule protected_by_an_obfuscator {
    meta:
        id = "QY66"
        cwe = "CWE-506"
        severity = "high"
        category = "obfuscation"
        why = "The code is kept encrypted by a tool that is sold for that, so nobody can say what it does"
    strings:
        $pyarmor = /\b__pyarmor(_enter|_exit)?(_\d{1,8})?__\(/
        $runtime = /\bfrom (pyarmor_runtime\w{0,12}|pytransform) import\b/
        $transform = /\bpyarmor_runtime\(/
        $others = /\b(exec|eval)\([^\n]{0,20}(pyobfuscate|sourcedefender|pyprivate)/
        $pye = "---BEGIN PYE FILE---"
    condition:
        any of them
}
