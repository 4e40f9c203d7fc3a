// What is in a file and not on the screen.

rule direction_override {
    meta:
        id = "QY13"
        cwe = "CWE-838"
        severity = "high"
        category = "obfuscation"
        why = "Characters that turn the direction of text make code look different from what runs (Boucher and Anderson, Trojan Source, 2023)"
    strings:
        $override = { E2 80 (AD | AE) }
        $embedding = { E2 80 (AA | AB) [1-200] E2 80 AC }
        $isolate = { E2 81 (A6 | A7 | A8) [1-200] E2 81 A9 }
        $code = /\n[ \t]{0,24}(import|from|def|class|return|if) [A-Za-z_]/ private
    condition:
        $code and any of ($override, $embedding, $isolate)
}

rule invisible_characters {
    meta:
        id = "QY14"
        cwe = "CWE-506"
        severity = "high"
        category = "obfuscation"
        why = "Many characters without a shape in a row hold data that nobody sees, which code can decode"
    strings:
        $tags = { F3 A0 (80 | 81) ?? F3 A0 (80 | 81) ?? F3 A0 (80 | 81) ?? F3 A0 (80 | 81) ?? F3 A0 (80 | 81) ?? F3 A0 (80 | 81) ?? F3 A0 (80 | 81) ?? F3 A0 (80 | 81) ?? }
        $selectors = { F3 A0 (84 | 85 | 86 | 87) ?? F3 A0 (84 | 85 | 86 | 87) ?? F3 A0 (84 | 85 | 86 | 87) ?? F3 A0 (84 | 85 | 86 | 87) ?? }
        $zero_width = /(\xE2\x80\x8B|\xE2\x80\x8C|\xE2\x80\x8D|\xE2\x81\xA0|\xEF\xBB\xBF|\xE3\x85\xA4){6}/
        $hangul = /(\xE1\x85\x9F|\xE1\x85\xA0|\xEF\xBE\xA0|\xE3\x85\xA4)[ ]?(=|,|\()/
    condition:
        any of them
}

rule styled_letters_as_a_name {
    meta:
        id = "QY15"
        cwe = "CWE-1007"
        severity = "high"
        category = "obfuscation"
        why = "Python reads mathematical letters in names as plain ones, so a search for the plain name finds nothing"
    strings:
        $called = /\xF0\x9D[\x90-\x9F][\x80-\xBF]\xF0\x9D[\x90-\x9F][\x80-\xBF]\xF0\x9D[\x90-\x9F][\x80-\xBF](\xF0\x9D[\x90-\x9F][\x80-\xBF]){0,12}\(/
        $full_width = /\xEF\xBD[\x81-\x9A]\xEF\xBD[\x81-\x9A]\xEF\xBD[\x81-\x9A](\xEF\xBD[\x81-\x9A]){0,12}\(/
    condition:
        any of them
}

rule code_far_to_the_right {
    meta:
        id = "QY16"
        cwe = "CWE-506"
        severity = "high"
        category = "obfuscation"
        why = "Code behind hundreds of blanks is outside of what an editor shows"
    strings:
        $pushed = /[;"')0-9a-z][ \t]{150,1000};?[ \t]{0,4}(exec|eval|import|__import__|subprocess|getattr|from [a-z]{2,12} import)\b/
    condition:
        $pushed
}
