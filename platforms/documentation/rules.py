"""Declared rules: which words in which company state a mechanism, in English and Chinese.

A rule fits a sentence if its pattern is in it, its subject in it or in the headings above it, and nothing that it
leaves out is in it. Rules say nothing of what the sentence does with the mechanism: that is ``wording``.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from platforms.documentation.sentences import Sentence

Surface = Literal["load", "upload", "download", "serve", "cache"]

GATES = ("trust_remote_code", "trust_repo", "weights_only", "allow_remote", "allow_pickle")
"""Switches of client packages that decide whether a model's code runs."""

_GATE = r"\b(?:" + "|".join(GATES) + r")\b"


@dataclass(frozen=True)
class Rule:
    """One rule.

    Args:
        name: It is the claim's ``extractor``, after ``documentation:``.
        mechanism: One of :data:`codebook.mechanisms.MECHANISMS`.
        pattern: What the sentence must have; case does not matter.
        subject: What the sentence or a heading above it must have, if anything.
        leaves_out: What the sentence must not have, if anything.
        surface: Where the mechanism acts.
    """

    name: str
    mechanism: str
    pattern: str
    subject: str = ""
    leaves_out: str = ""
    surface: Surface | None = None

    @cached_property
    def _compiled(self) -> tuple[re.Pattern[str], re.Pattern[str] | None, re.Pattern[str] | None]:
        parts = (self.subject, self.leaves_out)
        subject, leaves_out = (re.compile(part, re.IGNORECASE) if part else None for part in parts)
        return re.compile(self.pattern, re.IGNORECASE), subject, leaves_out

    def found(self, sentence: Sentence) -> re.Match[str] | None:
        """Where the sentence states the mechanism; None if it does not."""
        if _OF_REPORTS.search("\n".join(sentence.headings)):
            return None
        pattern, subject, leaves_out = self._compiled
        match = pattern.search(sentence.text)
        if match is None or (leaves_out and leaves_out.search(sentence.text)):
            return None
        places = (sentence.text, *sentence.headings)
        return match if subject is None or any(subject.search(place) for place in places) else None


_OF_REPORTS = re.compile(r"\b(?:in|out of) scope\b|report must include", re.IGNORECASE)
"""Headings of lists of what may be reported: they name what would break a mechanism, and state none."""

_SCANS = r"\bscan(?:s|ned|ning|ner|ners)?\b|扫描|查杀"
_NO_SCAN = r"\bscan the (?:\w+ ){0,3}(?:qr )?code\b|\bscan(?:ning|ing)?\b[^.]{0,30}\bqr ?code|扫码|扫描二维码|二维码"
_REPO = (
    r"(?:repo(?:sitory|sitories|s)?|model(?:s|ing)?|file|files|checkpoints?|artifacts?|content|pickle[sd]?|configs?)"
)
_CODE = r"(?:code|scripts?|programs?|configs?)"

RULES: tuple[Rule, ...] = (
    Rule(
        "malware-scan",
        "malware scan",
        rf"{_SCANS}|run every file|\bclamav\b|恶意(?:软件|代码|文件)(?:检测|扫描)",
        subject=r"\bmalware\b|\bvirus|\bclamav\b|恶意|病毒",
        leaves_out=rf"{_NO_SCAN}|report your finding|reports? [^.]{{0,60}}scanners?",
        surface="upload",
    ),
    Rule(
        "pickle-scan",
        "pickle scan",
        rf"{_SCANS}|picklescan|list of imports|(?:display|show|vet)\w*[^.]{{0,60}}\bimports?\b",
        subject=r"pickle",
        leaves_out=rf"{_NO_SCAN}|third.?party|JFrog|Guardian|ClamAV|without scanning",
        surface="upload",
    ),
    Rule(
        "secrets-scan",
        "secrets scan",
        rf"{_SCANS}|\btrufflehog\b|(?:secret|token|密钥|令牌)[^.。]{{0,40}}(?:detect|检测|泄露检测)",
        subject=r"\bsecrets?\b|trufflehog|hard-?coded|密钥|敏感信息",
        leaves_out=_NO_SCAN,
        surface="upload",
    ),
    Rule(
        "third-party-scan",
        "third-party scan",
        rf"{_SCANS}|\bguardian\b[^.]{{0,40}}\bcatch|virustotal",
        subject=r"third.party scan|\bJFrog\b|\bProtect AI\b|\bVirusTotal\b|\bCisco\b|第三方(?:安全)?扫描",
        leaves_out=_NO_SCAN,
        surface="upload",
    ),
    Rule(
        "commit-signing",
        "commit signing",
        r"\bsign(?:ed|ing|s)?\b[^.]{0,60}\bcommits?\b|\bcommits?\b[^.]{0,60}\b(?:sign(?:ed|ing|atures?)?"
        r"|verified|gpg)\b"
        r"|(?:签名|GPG)[^。]{0,20}提交|提交[^。]{0,20}签名",
        leaves_out=r"sign-?off|signed-off-by",
        surface="upload",
    ),
    Rule(
        "gated-access",
        "gated access",
        r"\bgated\b|\baccess requests?\b|\brequest(?:s|ing|ed)? (?:for )?access\b"
        r"|(?:申请|授权)[^。]{0,8}(?:访问|下载)|门控",
        leaves_out=r"cannot request access|gated (?:community|recurrent|linear|mlp|unit|attention)",
        surface="download",
    ),
    Rule(
        "verified-publisher",
        "verified publisher",
        r"\bverified (?:badge|organi[sz]ations?|authors?|publishers?|users?|accounts?)\b"
        r"|\bofficial (?:badge|organi[sz]ation)"
        r"|(?:官方|组织|机构|实名|企业|作者)认证",
    ),
    Rule(
        "sandbox",
        "sandbox",
        r"\bsandbox(?:ed|es|ing)?\b|\bisolated (?:environment|container|process)|隔离环境|沙箱",
        subject=r"\buntrusted\b|\bmalicious\b|\bsecur|\bsafe(?:ly|ty)?\b|\bmodel-authored\b|不可信|安全",
        leaves_out=r"sandbox[_ -](?:client|name|create)|csghub-cli sandbox|CsgHubSandbox",
        surface="load",
    ),
    Rule(
        "hash-verification",
        "hash verification",
        r"\b(?:hash(?:es)?|checksums?|sha-?256|md5|digest|integrity)\b[^.]{0,60}\b(?:verif|check|match"
        r"|compar|validat|start with)\w*"
        r"|\b(?:verif|check|match|compar|validat)\w*[^.]{0,60}\b(?:hash(?:es)?|checksums?|sha-?256|md5"
        r"|digest|integrity)\b"
        r"|(?:哈希|校验和|完整性)[^。]{0,12}(?:校验|验证)|校验[^。]{0,12}(?:哈希|完整性|文件)",
        leaves_out=r"commit hash|hash map|check out",
        surface="download",
    ),
    Rule(
        "pinning",
        "pinning",
        r"\bpin(?:s|ned|ning)?\b[^.]{0,60}\b(?:revision|commit|version|tag|branch)\b|\b(?:revision"
        r"|commit)\b[^.]{0,40}\bpin(?:ned|ning)?\b"
        r"|(?:set|setting|pass|passing|specif\w+|add|use|using|given|particular"
        r"|with)\b[^.]{0,60}\b(?:\w*revision|commit hash)\b"
        r"|\bref \((?:tag|branch|commit)\b|\brefs? (?:tag|branch|commit)\b|\boptional\s+ref\b"
        r"|\b\w*revision\b[^.]{0,60}\b(?:argument|parameter|option)\b|(?:指定|固定|锁定)[^。]{0,12}(?:版本|修订"
        r"|commit|revision)",
        leaves_out=r"pip install|version of (?:python|torch|cuda)|docker|treat as a vulnerabilit|publisher|workflow",
        surface="download",
    ),
    Rule(
        "safe-formats",
        "safe formats",
        r"\bsafe_?tensors\b[^.]{0,120}\b(?:saf(?:e|ely|er)|secur\w+|prefer|recommend|default|instead|only|over)\b"
        r"|\b(?:saf(?:e|ely|er)|secur\w+|prefer\w*|recommend\w*|default|only|simple)\b[^.]{0,80}\bsafe_?tensors\b"
        r"|\brisky model formats?\b|\buse_safetensors\b|\bsafe_serialization\b|安全(?:的)?(?:权重|模型)?格式"
        r"|(?:建议|推荐|优先)[^。]{0,20}safe_?tensors|safe_?tensors[^。]{0,12}安全"
        r"|\bonly weights will be loaded\b",
        leaves_out=r"\.safetensors\b(?!.*\bsafe(?:ly|r)?\b)|pip install|treat as a vulnerabilit",
        surface="load",
    ),
    Rule(
        "reporting",
        "reporting",
        r"\breport(?:s|ing|ed)? (?:a |an |any |the |security |suspected |private(?:ly)?)*(?:vulnerabilit"
        r"|security|abuse|repositor|weakness|comment)"
        r"|\breport privately\b|\bprivate vulnerability reporting\b|\bsecurity@\S+|\bbug bounty\b|\bbounty program\b"
        r"|\bdisclosure of security\b|(?:漏洞|安全问题)[^。]{0,8}(?:报告|反馈|上报)|举报",
    ),
    Rule(
        "execution-gate",
        "execution gate",
        _GATE,
        leaves_out=r"was introduced in|^\W*(?:def|import|from)\b",
        surface="load",
    ),
    Rule(
        "gate-of-entry",  # a sentence of the entry of a switch need not name it again
        "execution gate",
        r"\bprompt\b|\bwarning\b|\berror\b|\bdefaults?\b|\btrusted\b",
        subject=r"^entry: (?:" + "|".join(GATES) + ")$",
        surface="load",
    ),
    Rule(
        "hash-of-entry",
        "hash verification",
        r"\bdefaults?\b|\bverify\b",
        subject=r"^entry: check_hash$",
        surface="download",
    ),
    Rule(
        "allow-list",
        "allow-list",
        r"\b(?:allow|white|trusted)[- ]?lists?\b|\btrusted (?:repos|repositories|owners)\b|\blist of trusted\b|白名单",
        leaves_out=r"\bips?\b|\bcidr\b|domain|\bhost(?:name)?s?\b|\bprox(?:y|ies)\b|\bendpoint|\bfirewall",
        surface="load",
    ),
    Rule(
        "documentation-warning",
        "documentation warning",
        rf"\barbitrary (?:python )?code\b|\bmalicious (?:new )?(?:{_CODE}|lines|{_REPO})\b"
        rf"|\buntrusted (?:{_CODE}|{_REPO})\b"
        rf"|\bun-trusted\b|\bdangerous\b[^.]{{0,60}}\b(?:{_CODE}|{_REPO})\b|\bmodels? (?:are|is an?) programs?\b"
        rf"|\b(?:verify|inspect|review|check)\w*\b[^.]{{0,30}}\b(?:content|{_CODE})\b[^.]{{0,80}}\b(?:safe"
        rf"|trust|malicious|modeling files|inspected)"
        rf"|\bonly (?:for|load|run|use)\b[^.]{{0,60}}\b(?:trust|inspected)\b|\b(?:{_REPO}|users"
        rf"|organizations)\b[^.]{{0,60}}\byou trust\b"
        r"|\b(?:code|instructions)\b[^.]{0,30}\b(?:run|runs|executed) when\b[^.]{0,20}\bload"
        r"|\bmeans that code can be executed\b"
        r"|\btrust decision\b|\byour responsibility\b[^.]{0,60}\bsafe\b"
        r"|\bonly run code from\b|恶意代码|任意代码|不(?:可|受)信(?:任)?的?(?:代码|模型|来源)|谨慎(?:使用|加载|运行)",
        leaves_out=r"^(?:scope|impact|findings?)\b|out of scope|in scope|theoretical",
        surface="load",
    ),
    Rule(
        "ui-warning",
        "UI warning",
        r"\b(?:message|banner|badge|icon|label|interface|ui|page)\b[^.]{0,60}\b(?:warn|unsafe|infected"
        r"|suspicious|safe)\w*"
        r"|\b(?:infected|unsafe|suspicious)\b[^.]{0,40}\b(?:badge|banner|label)\b"
        r"|\b(?:expose|display|show)\w*\b[^.]{0,60}\b(?:scan\w* results?|imports?)\b"
        r"|(?:页面|界面)[^。]{0,12}(?:警告|风险提示)",
        leaves_out=r"\bblog\b",
        surface="download",
    ),
    Rule(
        "upload-review",
        "upload review",
        r"\b(?:pull request|PR|submission|community pipeline)s?\b[^.]{0,100}\b(?:review|merged|accept)\w*"
        r"|(?<=without a )review\b|(?<=without )review\b|\b(?:review process|content moderation"
        r"|moderation team|content review|text review)\b|\breviewed by\b"
        r"|(?:accept|review)\w*\b[^.]{0,60}\b(?:submissions?|uploads?|pull requests?|PRs?)\b"
        r"|(?:内容|人工|上传|模型)审核",
        leaves_out=r"\bCLA\b|license agreement|access key|\bregion\b|service address|access request",
        surface="upload",
    ),
)
"""All rules. Two that fit one sentence for one mechanism give one claim, that of the first."""
