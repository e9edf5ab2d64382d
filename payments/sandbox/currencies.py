"""Stripe's currencies: how many decimals, the least that can be charged, and amounts as people read them.

From docs.stripe.com/currencies; minimums are in minor units of the currency.
"""

from payments.sandbox.refusals import Refusal

ZERO_DECIMAL = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split())  # noqa: SIM905
THREE_DECIMAL = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])
WHOLE_UNITS = frozenset(["isk", "ugx"])  # written with two decimals for old times' sake, which must be 00
CURRENCIES = frozenset(
    """aed afn all amd ang aoa ars aud awg azn bam bbd bdt bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny
    cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd
    jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad
    ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl
    thb tjs tnd top try ttd twd tzs uah ugx usd uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw""".split()  # noqa: SIM905
)
MINIMUM = {
    **{"usd": 50, "aed": 200, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50},
    **{"gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50},
    **{"pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000},
}
OTHER_MINIMUM = 50  # Stripe converts 0.50 USD at the day's rate; the sandbox has no rates
MAXIMUM = 99_999_999  # eight digits


def decimals(currency: str) -> int:
    """How many digits of an amount stand behind the point."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def written(amount_minor: int, currency: str) -> str:
    """For example `99.00 USD`, `500 JPY`, or `-17.41 USD` for what is given back."""
    places = decimals(currency)
    whole, rest = divmod(abs(amount_minor), 10**places)
    fraction = f".{rest:0{places}d}" if places else ""
    return f"{'-' if amount_minor < 0 else ''}{whole:,}{fraction} {currency.upper()}"


def known(currency: str, param: str) -> str:
    """The currency in lower case; refused unless Stripe charges in it."""
    code = currency.lower()
    if code not in CURRENCIES:
        raise Refusal(f"Invalid currency: {code}. Stripe does not charge in it.", param=param)
    return code


def chargeable(amount_minor: int, currency: str, param: str) -> None:
    """Refused unless Stripe would charge just that amount."""
    least = MINIMUM.get(currency, OTHER_MINIMUM)
    if amount_minor < least:
        message = f"The Checkout Session's total amount due must add up to at least {written(least, currency)}"
        raise Refusal(message, code="amount_too_small", param=param)
    if amount_minor > MAXIMUM:
        message = f"Amount must be no more than {written(MAXIMUM, currency)}"
        raise Refusal(message, code="amount_too_large", param=param)
    step = 10 if currency in THREE_DECIMAL else 100 if currency in WHOLE_UNITS else 1
    if amount_minor % step:
        raise Refusal(f"Invalid amount: {currency.upper()} amounts must be divisible by {step}.", param=param)
