// What is beside Python: templates of conversations, notebooks, libraries of machine code.

rule template_reaches_for_python {
    meta:
        id = "QY58"
        cwe = "CWE-1336"
        severity = "critical"
        category = "template"
        why = "A template climbs from a value to its class and on to everything that Python has"
    strings:
        $braces = /\{[{%][^}\n]{0,300}__(class|mro|base|bases|subclasses|globals|init|builtins|import|getattribute|dict)__/
        $attribute = /\|[ ]?attr\([ ]?["'\\]{1,3}(x5f|_|u005f)/
        $known = /\{[{%][^}\n]{0,80}\b(lipsum|cycler|joiner|namespace|self|config|request)\.(__globals__|__init__|_TemplateReference__context|application)/
        $item = /\{[{%][^}\n]{0,200}\[["'](__class__|__globals__|__subclasses__|__builtins__|\\x5f\\x5f[a-z]{3,12})/
    condition:
        any of them
}

rule template_that_can_leave_its_box {
    meta:
        id = "QY59"
        cwe = "CWE-1336"
        severity = "medium"
        category = "template"
        why = "A template that comes with a model is rendered without the sandbox of Jinja"
    strings:
        $environment = /\bjinja2\.(Environment|Template)\([^\n]{0,80}/
        $from_string = /\bEnvironment\([^\n)]{0,80}\)\.from_string\(/
        $chat = /\bTemplate\([^\n]{0,60}(chat_template|prompt_template|config)[^\n]{0,40}\)\.render\(/
        $model = /(chat_template|tokenizer_config|from_pretrained|AutoTokenizer)/ private
    condition:
        ($model and any of ($environment, $from_string)) or $chat
}

rule notebook_runs_a_shell {
    meta:
        id = "QY60"
        cwe = "CWE-78"
        severity = "medium"
        category = "notebook"
        why = "A cell of a notebook fetches something and runs it in a shell"
    strings:
        $bang = /"[ ]{0,4}!(curl|wget|bash|sh|sudo|nc|chmod|eval|python3? -c)[^"\n]{1,300}/
        $piped = /"[ ]{0,4}![^"\n]{1,200}\|[ ]{0,2}(bash|sh|python3?)\b/
        $cell = /"%%(bash|sh|script|perl)\b[^\n]{0,20}\\n"/
        $system = /get_ipython\(\)\.(system|getoutput|run_cell_magic)\([^\n]{0,60}(curl|wget|bash|chmod|nc )/
        $git = /"[ ]{0,4}[!%]pip3? install [^"\n]{0,80}(git\+https?:|https?:\/\/|--index-url|--extra-index-url)/
        $notebook = /"(cell_type|nbformat)":/ private
    condition:
        $notebook and any of ($bang, $piped, $cell, $system, $git)
}

rule notebook_output_with_a_script {
    meta:
        id = "QY61"
        cwe = "CWE-79"
        severity = "medium"
        category = "notebook"
        why = "The kept output of a cell has a script from elsewhere, which runs where the notebook is shown"
    strings:
        $source = /<script[^>\n]{0,80}src[ ]?=[ ]?\\?["']https?:/
        $handler = /<(img|svg|iframe|body|details)[^>\n]{0,120}(onerror|onload|ontoggle)[ ]?=[ ]?\\?["'][^"'\n]{0,200}(eval|fetch|XMLHttpRequest|document\.cookie|atob)\(?/
        $notebook = /"(cell_type|nbformat)":/ private
        $output = /"text\/html":/ private
    condition:
        $notebook and $output and any of ($source, $handler)
}

rule native_library_beside_the_code {
    meta:
        id = "QY62"
        cwe = "CWE-114"
        severity = "high"
        category = "native code"
        why = "Machine code that comes with the repository, or is fetched, is loaded into the process, where nobody can read it"
    strings:
        $ctypes = /\b(CDLL|PyDLL|WinDLL|OleDLL|LoadLibrary|dlopen)\([ ]{0,2}(str\([ ]{0,2})?[^\n]{0,120}(__file__|dirname|hf_hub_download|snapshot_download|cached_file|tempfile|\/tmp\/|["'](\.{1,2}|[A-Za-z0-9_-]{1,40})\/[A-Za-z0-9_.\/-]{1,60}\.(so|dll|dylib)["'])/
        $torch = /\btorch\.(ops|classes)\.load_library\(/
        $tensorflow = /\btf\.(load_op_library|load_library)\(/
        $onnx = /\.register_custom_ops_library\(/
        $extension = /\bExtensionFileLoader\(|\bimp\.load_dynamic\(/
    condition:
        any of them
}

rule compiled_while_loading {
    meta:
        id = "QY63"
        cwe = "CWE-829"
        severity = "medium"
        category = "native code"
        why = "Source of the repository is compiled and loaded as machine code when the model is loaded"
    strings:
        $torch = /\bcpp_extension\.load(_inline)?\(/
        $imported = /\bfrom torch\.utils\.cpp_extension import [^\n]{0,60}\bload(_inline)?\b/
        $cffi = /\bffi\.(verify|compile)\(/
        $compiler = /(subprocess\.[a-zA-Z_]{3,14}|os\.system|check_call|Popen)\([^\n]{0,40}["'\[ ]{1,3}(gcc|g\+\+|clang|nvcc|cc|make|cmake)["' ]/
    condition:
        any of them
}

rule program_beside_the_code_is_started {
    meta:
        id = "QY68"
        cwe = "CWE-114"
        severity = "high"
        category = "native code"
        why = "A program that comes with the repository is started, whatever it does"
    strings:
        $start = /\b(Popen|subprocess\.(run|call|check_call|check_output)|os\.(system|startfile|execv|spawnv))\([ \t\r\n]{0,40}\[?[ \t\r\n]{0,20}(str\([ ]{0,2})?(os\.path\.(join|dirname|abspath)\(|Path\()[^\n]{0,80}__file__[^\n]{0,60}["'][A-Za-z0-9_.\/-]{1,60}["']/
    condition:
        $start
}
