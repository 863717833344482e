"""Who may be asked about a certificate: the responders and lists that the chain's own certificates name, nobody else.

A certificate may also name an address to fetch its issuer's certificate from. Anybody can write such a certificate,
so that address is never followed: a server that did would fetch whatever a stranger asks it to. Responders and lists
are asked only for certificates that a trusted authority is found to have signed.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from dataclasses import replace
from typing import Any

from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend
from pyhanko_certvalidator.fetchers.api import CertificateFetcher, Fetchers, OwnedFetcherBackend

_SECONDS = 10


class _NoCertificates(CertificateFetcher):
    """Fetches no certificate."""

    async def fetch_cert_issuers(self, cert: Any) -> AsyncGenerator[Any, None]:
        """No issuer."""
        for each in self.fetched_certs():
            yield each

    async def fetch_crl_issuers(self, certificate_list: Any) -> AsyncGenerator[Any, None]:
        """No issuer."""
        for each in self.fetched_certs():
            yield each

    def fetched_certs(self) -> Iterable[Any]:
        """None."""
        return ()


class _Responders(AIOHttpFetcherBackend):
    def get_fetchers(self) -> Fetchers:
        return replace(super().get_fetchers(), cert_fetcher=_NoCertificates())


def responders() -> OwnedFetcherBackend:
    """The backend for one validation; pyHanko closes it."""
    return OwnedFetcherBackend(_Responders(per_request_timeout=_SECONDS))
