"""Secrets in Python source: what is a value, and what is code."""

from __future__ import annotations

import pytest

from nbstream.explanation.source_secrets import redact_source

SECRET = "Xq9vLm2pTz7R"


@pytest.mark.parametrize(
    "source",
    [
        f"password = '{SECRET}'",
        f"password: str = '{SECRET}'",
        f"self.api_key = r'{SECRET}'",
        f"user, password = 'me', '{SECRET}'",
        f"PASSWORDS = ['a', '{SECRET}']",
        f"login(user='me', password='{SECRET}', host='x')",
        f"cfg = {{'user': 'me',\n'password': '{SECRET}',\n'host': 'x'}}",
        f"os.environ['API_TOKEN'] = '{SECRET}'",
        f"os.environ.setdefault('API_TOKEN', '{SECRET}')",
        f"headers['Authorization'] = 'Token {SECRET}'",
        f"requests.get(url, auth=('me', '{SECRET}'))",
        f"password = SecretStr('{SECRET}')",
        f"token = os.getenv('API_TOKEN', '{SECRET}')",
        f"password = ('{SECRET[:6]}'\n            '{SECRET[6:]}')",
        f"secret = '''a\n{SECRET}'''",
        f"secret = f'{SECRET}{{x}}'",
        f"if password == '{SECRET}': pass",
        f"# password: {SECRET}",
        f"x = 1  # the old password={SECRET}",
        f"dsn = 'host=x password={SECRET}'",
        f"engine = create_engine('mysql://me:{SECRET}@host/db')",
        f"key = '{SECRET}0000'",
        "key = 'abcdefabcdefabcdefabcdefabcdefab'",
        f"get_ipython().run_line_magic('env', 'API_KEY={SECRET}')",
        f"get_ipython().system('curl -H \"Authorization: Bearer {SECRET}\" x')",
        f"'''-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----'''",
        f"# -----BEGIN RSA PRIVATE KEY-----\n# {SECRET}\n# -----END RSA PRIVATE KEY-----",
        "password = 123456",
        f"password = '{SECRET}",
        f"def broken(:\n  api_key = '{SECRET}'",
        f"x = 1\n  password='{SECRET}'",
    ],
)
def test_a_secret_goes_and_every_line_keeps_its_number(source: str) -> None:
    redacted = redact_source(f"a = 1\n{source}\nb = 2")
    for part in (SECRET[:6], SECRET[6:], "abcdefab", "123456"):
        assert part not in redacted
    assert " removed]" in redacted
    lines = redacted.split("\n")
    assert (lines[0], lines[-1], len(lines)) == ("a = 1", "b = 2", source.count("\n") + 3)


@pytest.mark.parametrize(
    "source",
    [
        "token = read_token()",
        "token = tokens[i + 1]",
        "password = getpass()",
        "api_key = os.environ['OPENAI_API_KEY']",
        'api_key = os.getenv("OPENAI_API_KEY")',
        "rows = sorted(rows, key='a column with 16 letters')",
        "key = 12345",
        "login(password=password, user='me')",
        "cfg = {'password': password, 'user': 'me'}",
        "password = getpass(); greeting = 'hello'",
        "print(f'{token} of {total}')",
        "def f(a, /, *, secret): return [a, secret]",
        "x = '\\u2028', \"a\\\nb\"  # ☃ \u2028 \x0c",
        "",
    ],
)
def test_code_stays_as_it_is(source: str) -> None:
    assert redact_source(source) == source


def test_only_the_argument_with_the_name_goes() -> None:
    source = f"login('me', password='{SECRET}', host='x')"
    assert redact_source(source) == "login('me', password=\"[password removed]\", host='x')"
    source = f"{{'password': '{SECRET}', 'user': 'me'}}"
    assert redact_source(source) == "{'password': \"[password removed]\", 'user': 'me'}"
