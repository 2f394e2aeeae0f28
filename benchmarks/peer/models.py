"""Who holds the wallets."""

from dj_wallet.mixins import WalletMixin
from django.db import models


class Holder(WalletMixin, models.Model):
    """Somebody with a wallet."""

    public_id = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return self.public_id
