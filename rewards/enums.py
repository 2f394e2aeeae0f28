"""The closed vocabularies of the catalogue."""

from decimal import Decimal

from django.db import models

# The categories every installation starts with, in the order front ends show them.
# Staff may use others; those follow alphabetically.
CATEGORIES = ("Food & Drinks", "E-Commerce", "Lifestyle", "Transportation", "Event Access")

# The type a redemption from the catalogue goes by beside those of the options.
CATALOGUE_TYPE = "catalogue"


class RedemptionStatus(models.TextChoices):
    """Where a redemption stands."""

    PENDING = "PENDING", "Pending"
    APPROVED = "APPROVED", "Approved"
    REJECTED = "REJECTED", "Rejected"
    COMPLETED = "COMPLETED", "Completed"
    CANCELLED = "CANCELLED", "Cancelled"


TRANSITIONS: dict[str, tuple[RedemptionStatus, ...]] = {
    RedemptionStatus.PENDING: (
        RedemptionStatus.APPROVED,
        RedemptionStatus.REJECTED,
        RedemptionStatus.CANCELLED,
    ),
    RedemptionStatus.APPROVED: (RedemptionStatus.COMPLETED, RedemptionStatus.REJECTED),
}

# Points and stock went back.
RETURNED_STATUSES = (RedemptionStatus.REJECTED, RedemptionStatus.CANCELLED)


class PurchaseStatus(models.TextChoices):
    """Where a purchase on the host platform stands."""

    IN_PROGRESS = "in_progress", "In progress"
    DELIVERED = "delivered", "Delivered"
    COMPLETED = "completed", "Completed"
    CANCELLED = "cancelled", "Cancelled"


PURCHASE_STEPS: dict[str, tuple[PurchaseStatus, ...]] = {
    PurchaseStatus.IN_PROGRESS: (
        PurchaseStatus.DELIVERED,
        PurchaseStatus.COMPLETED,
        PurchaseStatus.CANCELLED,
    ),
    PurchaseStatus.DELIVERED: (PurchaseStatus.COMPLETED, PurchaseStatus.CANCELLED),
}

CENT = Decimal("0.01")
PURCHASE_AMOUNT_MAX = Decimal("99999999.99")
PURCHASE_ID_LENGTH_MAX = 100
# What a purchase that came with an imported history is recorded under, before its id.
IMPORTED_EVENT_PREFIX = "purchase:"

# ISO 4217, the currencies people pay with.
CURRENCY_CODES = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD
CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP
GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD
KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN
NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP
SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND
VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES = frozenset(CURRENCY_CODES.split())
