"""Where a request comes from, as far as our own proxies vouch for it."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest

Address = IPv4Address | IPv6Address
# Whoever has an address of this kind has the whole network below it to take others from.
IPV6_NETWORK_BITS = 64


def client_address(request: HttpRequest) -> str:
    """Return the client's address, of an IPv6 one its /64; blank when a local socket says none.

    `X-Forwarded-For` is read from the right, where our proxies wrote, and only as far as
    LOYALTY_TRUSTED_PROXIES goes: what a client wrote into it stands further left and is not read.
    """
    address = parse_address(request.META.get("REMOTE_ADDR", ""))
    for hops, entry in enumerate(forwarded_from_nearest(request)):
        farther = parse_address(entry)
        if not is_trusted(address, hops) or farther is None:
            break
        address = farther
    return name_of(address)


def forwarded_from_nearest(request: HttpRequest) -> Iterator[str]:
    """Yield what the proxies noted, the nearest one's note first."""
    header = request.META.get("HTTP_X_FORWARDED_FOR", "")
    yield from (entry for entry in reversed(header.split(",")) if entry.strip())


def is_trusted(address: Address | None, hops: int) -> bool:
    """Say whether what this address, so many hops away, notes about the next one is true.

    None is a local socket, which only a proxy on this machine can reach.
    """
    trusted = settings.LOYALTY_TRUSTED_PROXIES
    if isinstance(trusted, int):
        return hops < trusted
    return bool(trusted) and (address is None or any(address in network for network in trusted))


def parse_address(text: str) -> Address | None:
    """Return an address without its port; an IPv4 address in IPv6's clothes as what it is."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


def name_of(address: Address | None) -> str:
    """Return what one client's requests have in common."""
    if not isinstance(address, IPv6Address):
        return str(address or "")
    host_bits = address.max_prefixlen - IPV6_NETWORK_BITS
    return str(IPv6Address(int(address) >> host_bits << host_bits)) + f"/{IPV6_NETWORK_BITS}"
