"""Reviews a preview: bytes → steps → rows → facts of the account → advice → text. Free of Pulumi's SDK."""
