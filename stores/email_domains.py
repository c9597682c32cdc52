"""Mistyped domains of email addresses: `gmial.com` for `gmail.com`. A hint, never a refusal."""

_COMMON_DOMAINS = tuple(
    """
    gmail.com yahoo.com hotmail.com outlook.com icloud.com aol.com live.com msn.com me.com mac.com
    mail.com ymail.com rocketmail.com googlemail.com email.com gmx.com gmx.de gmx.net gmx.at gmx.ch
    web.de t-online.de freenet.de posteo.de mailbox.org arcor.de mail.de outlook.de hotmail.de yahoo.de
    live.de icloud.de aol.de bluewin.ch hispeed.ch aon.at yahoo.co.uk hotmail.co.uk live.co.uk
    outlook.co.uk btinternet.com sky.com virginmedia.com talktalk.net orange.fr free.fr laposte.net
    wanadoo.fr sfr.fr yahoo.fr hotmail.fr live.fr outlook.fr bbox.fr libero.it virgilio.it tiscali.it
    alice.it yahoo.it hotmail.it tin.it hotmail.es yahoo.es outlook.es telefonica.net wp.pl o2.pl
    onet.pl interia.pl gazeta.pl ziggo.nl kpnmail.nl hotmail.nl live.nl xs4all.nl home.nl telenet.be
    skynet.be proximus.be hotmail.be seznam.cz centrum.cz telia.com hotmail.se outlook.dk online.no
    comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net shaw.ca rogers.com
    sympatico.ca yahoo.ca hotmail.ca bigpond.com optusnet.com.au yahoo.com.au uol.com.br bol.com.br
    terra.com.br hotmail.com.br yahoo.com.br yahoo.com.mx hotmail.com.mx docomo.ne.jp ezweb.ne.jp
    softbank.ne.jp i.softbank.jp au.com yahoo.co.jp naver.com daum.net hanmail.net nate.com qq.com
    163.com 126.com sina.com yahoo.co.in rediffmail.com yandex.ru mail.ru inbox.ru bk.ru list.ru
    rambler.ru ukr.net proton.me protonmail.com pm.me tutanota.com fastmail.com hey.com zoho.com
    """.split()  # noqa: SIM905
)
_KNOWN = frozenset(_COMMON_DOMAINS)
# Another short name is often another provider.
_SHORT_NAME = 4
_LONG_NAME = 7
_MAX_LENGTH = 40
_MAX_SLIPS = 2
_FAR = 9


def suggest_email(email: str) -> str:
    """Return the address with the common domain that its owner may have meant, or "" if there is no doubt."""
    name, _at, domain = email.rpartition("@")
    meant = suggest_domain(domain) if name else ""
    return f"{name}@{meant}" if meant else ""


def suggest_domain(domain: str) -> str:
    """Return the common domain that is one or two slips of the fingers away, or ""."""
    if domain in _KNOWN or "." not in domain or len(domain) > _MAX_LENGTH:
        return ""
    candidates = ((_count_slips(domain, common), place) for place, common in enumerate(_COMMON_DOMAINS))
    slips, place = min(candidates)
    return _COMMON_DOMAINS[place] if slips <= _MAX_SLIPS else ""


def _count_slips(typed: str, common: str) -> int:
    """Return the slips between two domains, counted apart in the name and in what follows it."""
    if abs(len(typed) - len(common)) > _MAX_SLIPS:
        return _FAR
    typed_name, _dot, typed_end = typed.partition(".")
    name, _dot, end = common.partition(".")
    in_name, in_end = count_edits(typed_name, name), count_edits(typed_end, end)
    if in_end > 1 or in_name > (2 if len(name) >= _LONG_NAME else 1):
        return _FAR
    if len(name) <= _SHORT_NAME and in_name and sorted(typed_name) != sorted(name):
        return _FAR
    return in_name + in_end


def count_edits(left: str, right: str) -> int:
    """Return the least number of letters to add, drop, replace, or swap with the next one."""
    rows = [list(range(len(right) + 1))]
    for i, letter in enumerate(left, 1):
        row = [i]
        for j, other in enumerate(right, 1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == right[j - 2] and left[i - 2] == other:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]
