"""Brings the permissions; makes no table."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [
        migrations.CreateModel(
            name="Camera",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ],
            options={
                "verbose_name": "camera",
                "verbose_name_plural": "cameras",
                "managed": False,
                "default_permissions": ("view", "change"),
            },
        ),
    ]
