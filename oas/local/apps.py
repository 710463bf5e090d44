from django.apps import AppConfig


class LocalConfig(AppConfig):
    name = "oas.local"
    label = "local"
