// Data that runs code when it is read.

rule pickle_names_a_dangerous_callable {
    meta:
        id = "QY51"
        cwe = "CWE-502"
        severity = "critical"
        category = "deserialisation"
        why = "A pickle of the old protocols names a function that runs commands or code; reading it calls it"
    strings:
        $shell = /[ci](os|posix|nt|subprocess|commands|pty|popen2)\n(system|popen|popen2|execv|execve|execl|spawnl|spawnv|spawn|Popen|call|run|check_call|check_output|getoutput|startfile)\n/
        $code = /[ci](__builtin__|builtins)\n(eval|exec|execfile|compile|__import__|getattr|open|apply)\n/
        $other = /[ci](runpy|importlib|code|timeit|cProfile|pdb|bdb|webbrowser|pip|shutil|socket|ctypes|marshal|pickle|_pickle|cPickle|httplib|http\.client|requests\.api|urllib\.request|operator|functools|torch\.hub|numpy\.testing\._private\.utils|transformers\.dynamic_module_utils)\n(_run_code|run_path|run_module|import_module|InteractiveInterpreter|timeit|runctx|run|open|main|rmtree|loads?|get|post|urlopen|attrgetter|methodcaller|itemgetter|partial|load_state_dict_from_url|runstring|get_class_from_dynamic_module|create_connection|CDLL)\n/
    condition:
        any of them
}

rule pickle_names_a_dangerous_callable_by_stack {
    meta:
        id = "QY52"
        cwe = "CWE-502"
        severity = "critical"
        category = "deserialisation"
        why = "A pickle of protocol 4 or later names a function that runs commands or code; reading it calls it"
    strings:
        $shell = /[\x8c\x8d](\x02|\x05|\x0a|\x08|\x03)(os|posix|nt|subprocess|commands|pty)(\x94|q.)?[\x8c\x8d](system|popen|Popen|\x06system|\x05popen|\x05Popen|\x05execv|\x05spawn|\x04call|\x03run|\x0acheck_call|\x0ccheck_output|\x09getoutput|\x06execve|\x09startfile)(\x94|q.)?\x93/
        $code = /\x8c(\x08builtins|\x0b__builtin__)(\x94|q.)?\x8c(\x04eval|\x04exec|\x07compile|\x0a__import__|\x07getattr|\x04open)(\x94|q.)?\x93/
        $other = /\x8c.(runpy|importlib|timeit|cProfile|pdb|webbrowser|shutil|socket|ctypes|marshal|operator|functools|torch\.hub)(\x94|q.)?\x8c.(_run_code|run_path|run_module|import_module|timeit|runctx|open|rmtree|loads|attrgetter|methodcaller|partial|create_connection|CDLL)(\x94|q.)?\x93/
        $long = /X(\x02|\x05|\x0a|\x08)\x00\x00\x00(os|posix|subprocess|builtins)(\x94|q.)?X.\x00\x00\x00(system|popen|Popen|eval|exec|__import__|check_output|call|run)(\x94|q.)?\x93/
    condition:
        any of them
}

rule reduce_to_a_command {
    meta:
        id = "QY53"
        cwe = "CWE-502"
        severity = "critical"
        category = "deserialisation"
        why = "A class says that its pickle is to be read by running a command or code"
    strings:
        $returned = /def __(reduce|reduce_ex|setstate)__\([^\n]{0,60}\)[^\n]{0,40}:[ \t\r\n]{1,60}return[ \t]{0,2}\(?[ \t\r\n]{0,40}(os\.(system|popen|execv)|exec|eval|subprocess\.[A-Za-z_]{3,14}|__import__|builtins\.(exec|eval)|runpy\.[a-z_]{3,14}|pty\.spawn)\b/
        $named = /return[ \t]{0,2}\(?(getattr\()?__import__\(["'](os|subprocess|builtins)["']\)[^\n]{0,40},[ ]{0,2}\(/
    condition:
        any of them
}

rule pickles_are_read {
    meta:
        id = "QY54"
        cwe = "CWE-502"
        severity = "medium"
        category = "deserialisation"
        why = "Reading a pickle runs whatever the file says; there are formats that only hold data"
    strings:
        $call = /\b(pickle|cPickle|_pickle|dill|cloudpickle|joblib|jsonpickle|pickle5|hickle)\.(loads?|Unpickler|decode)\(/
        $shelf = /\bshelve\.open\(/
        $marshal = /\bmarshal\.loads?\(/
        $pandas = /\b(pd|pandas)\.read_pickle\(/
        $numpy = /\bnp(\.lib\.npyio)?\.load\([^\n]{1,160}allow_pickle[ ]?=[ ]?True/
        $numpy_long = /\bnumpy\.load\([^\n]{1,160}allow_pickle[ ]?=[ ]?True/
        $torch = /\btorch\.load\([^\n]{1,200}weights_only[ ]?=[ ]?False/
        $torch_module = /\btorch\.load\([^\n]{1,200}pickle_module[ ]?=/
        $keras = /\b(enable_unsafe_deserialization\(\)|safe_mode[ ]?=[ ]?False)/
    condition:
        any of them
}

rule yaml_that_makes_objects {
    meta:
        id = "QY55"
        cwe = "CWE-502"
        severity = "high"
        category = "deserialisation"
        why = "A tag in YAML that calls a function of Python when an unsafe loader reads it"
    strings:
        $apply = /!!python\/object\/(apply|new):[ ]?[A-Za-z_]/
        $name = /!!python\/(name|module):[A-Za-z_]/
        $object = /!!python\/object:(os|subprocess|builtins|__main__|types|importlib)\b/
        $verbatim = /!<tag:yaml\.org,2002:python\/(object|name|module)/
    condition:
        any of them
}

rule yaml_is_read_unsafely {
    meta:
        id = "QY56"
        cwe = "CWE-502"
        severity = "medium"
        category = "deserialisation"
        why = "A loader of YAML that makes any object that the text asks for"
    strings:
        $unsafe = /\byaml\.(unsafe_load|unsafe_load_all|full_load)\(/
        $loader = /\bLoader[ ]?=[ ]?(yaml\.)?(UnsafeLoader|FullLoader|Loader|CUnsafeLoader|CLoader)\b/
        $ruamel = /\bYAML\([^\n)]{0,30}typ[ ]?=[ ]?["']unsafe["']/
    condition:
        any of them
}

rule function_in_a_configuration_of_keras {
    meta:
        id = "QY57"
        cwe = "CWE-502"
        severity = "high"
        category = "deserialisation"
        why = "A Lambda layer keeps byte code of Python, which runs when the model is loaded and called"
    strings:
        $lambda = /"class_name":[ ]{0,2}"Lambda"/
        $function = /"function":[ ]{0,2}(\[|\{[ \t\r\n]{0,12}"class_name":[ ]{0,2}"__lambda__")/ private
        $type = /"function_type":[ ]{0,2}"lambda"/ private
        $code = /"code":[ ]{0,2}"4wE/ private
    condition:
        $lambda and any of ($function, $type, $code)
}
