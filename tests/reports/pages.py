"""Pages of the admin site: who looks at them, and what they show."""

from __future__ import annotations

import re

from django.contrib.auth.models import Permission, User
from django.test import Client


def staff(*permissions: str) -> Client:
    user = User.objects.create_user("stefan", password="stefan-password-31415", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def has_no_inline_code(text: str) -> bool:
    """What the content security policy would not run (Django's own pages aside)."""
    own = text.split('id="content-main"', 1)[1]
    return not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", own.split("</main>")[0])
