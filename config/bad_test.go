package config

import (
	"strings"
	"testing"
)

// bad are configurations that must not load, with every line of the error.
// The word SECRET stands where a secret could: no error may hold it.
var bad = []struct {
	name string
	in   files
	want string
}{
	// The file as a whole.
	{"empty", files{"config.yml": ""}, "config.yml:1: the file is empty"},
	{"only comments", files{"config.yml": "# nothing\n"}, "config.yml:1: the file is empty"},
	{"null", files{"config.yml": "---\n"}, "config.yml:1: the file is empty"},
	{"text", files{"config.yml": "SECRET\n"}, "config.yml:1: must be a mapping of keys to values"},
	{"list", files{"config.yml": "- name: a\n"}, "config.yml:1: must be a mapping of keys to values"},
	{"two documents", files{"config.yml": oneAccount + "---\n" + oneAccount}, "config.yml:2: a second YAML document: there can be only one"},
	{"broken second document", files{"config.yml": oneAccount + "---\n{"}, "config.yml:3: is not valid YAML: did not find expected node content"},
	{"tab", files{"config.yml": "api:\n\ttimeout: 1s\n"}, "config.yml:2: is not valid YAML: found character that cannot start any token"},
	{"colon in a value", files{"config.yml": "accounts:\n- app_secret: SECRET: x\n"}, "config.yml:2: is not valid YAML: mapping values are not allowed in this context"},
	{"asterisk", files{"config.yml": "accounts:\n- name: a\n  app_secret: *SECRET\n"}, "config.yml:3: is not valid YAML: unknown anchor (a value that begins with * needs quotes)"},
	{"not UTF-8", files{"config.yml": "api:\n  url: \"\xff\"\n"}, "config.yml:2: is not valid YAML: invalid leading UTF-8 octet"},
	{"indentation in a later account", files{"config.yml": "accounts:\n- name: a\n  app_id: wx1\n- name: b\n   app_id: wx2\n"}, "config.yml:5: is not valid YAML: mapping values are not allowed in this context"},
	{"indentation of a later account", files{"config.yml": "accounts:\n  - name: a\n    app_id: wx1\n - name: b\n   app_id: wx2\n"}, "config.yml:3: is not valid YAML: did not find expected key"},
	{"list that does not end", files{"config.yml": "accounts:\n- {name: a,\n   collectors: [user}\n"}, "config.yml:2: is not valid YAML: did not find expected ',' or ']'"},
	{"control character", files{"config.yml": "api:\n  url: \"\x01\"\n"}, "config.yml:2: is not valid YAML: control characters are not allowed"},
	{"no account", files{"config.yml": "api: {}\n"}, "config.yml:1: accounts: no account: list at least one here or in a file of account_files"},
	{"empty list of accounts", files{"config.yml": "api: {}\naccounts: []\naccount_files: ['x/*']\n"}, "config.yml:2: accounts: no account: list at least one here or in a file of account_files"},
	{"everything that cannot be read is told", files{"config.yml": "poll: {settle_days: x, settle: 1}\nwindow: {daily: 2.5}\naccounts:\n- {name: a b}\n- []\napi: {timeout: 0s, timeout: 1s, bearer_token: {SECRET}}\n"}, `
config.yml:1: poll.settle_days: must be a whole number
config.yml:1: poll.settle: unknown key
config.yml:2: window.daily: must be a whole number
config.yml:4: accounts[0].name: may only hold letters and digits of any script, and _ . -
config.yml:5: accounts[1]: must be a mapping of keys to values
config.yml:6: api.timeout: must be longer than 0s
config.yml:6: api.timeout: duplicate key, first in line 6
config.yml:6: api.bearer_token: must be text`},
	{"everything that is impossible is told", files{"config.yml": "poll: {settle_days: -1}\nwindow: {daily: 0}\naccounts:\n- {name: a}\n- {name: a, app_id: wx1}\napi: {requests_per_second: 0}\n"}, `
config.yml:1: poll.settle_days: must be between 0 and 36500
config.yml:2: window.daily: must be between 1 and 36500
config.yml:4: accounts[0].app_id: missing
config.yml:4: accounts[0].app_secret: missing (or app_secret_file)
config.yml:5: accounts[1].app_secret: missing (or app_secret_file)
config.yml:5: accounts[1].name: a is already used by the account at config.yml:4
config.yml:6: api.requests_per_second: must be a number above 0`},

	// Keys.
	{"unknown key", files{"config.yml": oneAccount + "whatever: SECRET\n"}, "config.yml:2: whatever: unknown key"},
	{"mistyped key", files{"config.yml": oneAccount + "poll:\n  retry_intervall: 30m\n"}, "config.yml:3: poll.retry_intervall: unknown key"},
	{"swapped letters", files{"config.yml": oneAccount + "widnow: {}\n"}, "config.yml:2: widnow: unknown key"},
	{"unknown key of an account", files{"config.yml": "accounts:\n- {name: a, appid: wx1, app_secret: SECRET}\n"}, "config.yml:2: accounts[0].appid: unknown key"},
	{"unknown key of a token", files{"config.yml": "accounts:\n- {name: a, app_id: wx1, app_secret: s, token: {mode: stable, fiel: x}}\n"}, "config.yml:2: accounts[0].token.fiel: unknown key"},
	{"no space after the colon", files{"config.yml": "accounts:\n- {name: a, app_id: wx1, app_secret:SECRET}\n"}, "config.yml:2: accounts[0].app_secret...: unknown key (is a space missing after the colon?)"},
	{"duplicate key", files{"config.yml": "api:\n  timeout: 1s\n  url: http://a\n  timeout: 2s\n" + oneAccount}, "config.yml:4: api.timeout: duplicate key, first in line 2"},
	{"duplicate section", files{"config.yml": oneAccount + "poll: {}\npoll: {}\n"}, "config.yml:3: poll: duplicate key, first in line 2"},
	{"merge key", files{"config.yml": "accounts:\n- &a {name: a, app_id: wx1, app_secret: SECRET}\n- <<: *a\n  name: b\n"}, "config.yml:3: accounts[1].<<: unknown key"},
	{"list as key", files{"config.yml": oneAccount + "poll:\n  [SECRET]: 1\n"}, "config.yml:3: poll....: must be text"},
	{"section without keys", files{"config.yml": oneAccount + "api: https://api.weixin.qq.com\n"}, "config.yml:2: api: must be a mapping of keys to values"},
	{"key without value", files{"config.yml": oneAccount + "api:\n  timeout:\n"}, "config.yml:3: api.timeout: has no value"},
	{"list for text", files{"config.yml": "accounts:\n- {name: a, app_id: wx1, app_secret: [SECRET]}\n"}, "config.yml:2: accounts[0].app_secret: must be text"},
	{"mapping for text", files{"config.yml": "accounts:\n- {name: a, app_id: wx1, app_secret: {SECRET}}\n"}, "config.yml:2: accounts[0].app_secret: must be text"},
	{"tagged text", files{"config.yml": "accounts:\n- {name: a, app_id: wx1, app_secret: !!binary SECRET}\n"}, "config.yml:2: accounts[0].app_secret: tags are not supported (a value that begins with ! needs quotes)"},

	{"secret for a key", files{"config.yml": "accounts:\n- {name: a, app_id: wx1, 0123456789abcdef0123456789abcdef}\n- {5ECRET: SECRET, sec-ret/of: 1, 'a:b': 2}\n"}, `
config.yml:2: accounts[0]....: unknown key
config.yml:3: accounts[1]....: unknown key
config.yml:3: accounts[1]....: unknown key
config.yml:3: accounts[1]....: unknown key (is a space missing after the colon?)`},
	{"secret for a label", files{"config.yml": "accounts:\n- {name: a, app_id: wx1, app_secret: s, labels: {team: , 0123456789abcdef0123456789abcdef: }}\n"}, `
config.yml:2: accounts[0].labels.team: has no value
config.yml:2: accounts[0].labels....: has no value`},
	{"unseen character in a key", files{"config.yml": oneAccount + "\"poll\\u200b\": {}\n"}, "config.yml:2: ...: unknown key (it holds a zero-width space (U+200B))"},
	{"nested deeply", files{"config.yml": oneAccount + "poll: " + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + "\n"}, "config.yml:2: poll: must be a mapping of keys to values"},
	{"problems behind an alias", files{"config.yml": "accounts:\n- {name: a, app_id: wx1, app_secret: s, labels: &l {b-c: x}}\n- name: b\n  app_id: wx2\n  app_secret: s\n  labels: *l\n- name: c\n  app_id: wx3\n  app_secret: s\n  collectors: &c [user, usr]\n- name: d\n  app_id: wx4\n  app_secret: s\n  collectors: *c\n"}, `
config.yml:2: accounts[0].labels.b-c: is no label name: letters, digits and _, not beginning with a digit or __
config.yml:6: accounts[1].labels.b-c: is no label name: letters, digits and _, not beginning with a digit or __
config.yml:10: accounts[2].collectors[1]: must be one of user, message, interface, article, publish, mini, miniops, revenue
config.yml:14: accounts[3].collectors[1]: must be one of user, message, interface, article, publish, mini, miniops, revenue`},
	{"an alias in itself", files{"config.yml": oneAccount + "poll: &p\n  settle_days: *p\n"}, "config.yml:3: poll.settle_days: must be a whole number"},
	{"a problem in one account and another in the next", files{"config.yml": "accounts:\n- {name: a, colour: red}\n- {name: b}\n"}, `
config.yml:2: accounts[0].colour: unknown key
config.yml:3: accounts[1].app_id: missing
config.yml:3: accounts[1].app_secret: missing (or app_secret_file)`},
	{"a value that is wrong where an alias stands", files{"config.yml": "accounts:\n- {name: a, app_id: wx1, app_secret: s, labels: {x: &v many}}\npoll:\n  settle_days: *v\n"}, "config.yml:4: poll.settle_days: must be a whole number"},
	{"a problem hides none of a key that begins alike", files{"config.yml": "accounts: [{name: a, app_id: wx1}]\naccountsx: {}\n"}, `
config.yml:1: accounts[0].app_secret: missing (or app_secret_file)
config.yml:2: accountsx: unknown key`},

	// Values of the sections.
	{"url without scheme", files{"config.yml": oneAccount + "api: {url: api.weixin.qq.com}\n"}, "config.yml:2: api.url: must be a URL that begins with http:// or https:// and a host"},
	{"url of another scheme", files{"config.yml": oneAccount + "api: {url: 'ftp://SECRET'}\n"}, "config.yml:2: api.url: must be a URL that begins with http:// or https:// and a host"},
	{"url without host", files{"config.yml": oneAccount + "api: {url: 'https://:443/SECRET'}\n"}, "config.yml:2: api.url: must be a URL that begins with http:// or https:// and a host"},
	{"broken url", files{"config.yml": oneAccount + "api: {url: 'https://u:SECRET@a:b'}\n"}, "config.yml:2: api.url: must be a URL that begins with http:// or https:// and a host"},
	{"url with password", files{"config.yml": oneAccount + "api: {url: 'https://u:SECRET@a'}\n"}, "config.yml:2: api.url: must not hold a user name or password (use basic_auth)"},
	{"url with query", files{"config.yml": oneAccount + "api: {url: 'https://a/?SECRET'}\n"}, "config.yml:2: api.url: must not have a query"},
	{"url with fragment", files{"config.yml": oneAccount + "api: {url: 'https://a/#SECRET'}\n"}, "config.yml:2: api.url: must not have a fragment"},
	{"timeout without unit", files{"config.yml": oneAccount + "api: {timeout: 15}\n"}, "config.yml:2: api.timeout: must be a duration such as 15s, 30m or 1d"},
	{"timeout of Go", files{"config.yml": oneAccount + "api: {timeout: 1.5s}\n"}, "config.yml:2: api.timeout: must be a duration such as 15s, 30m or 1d"},
	{"negative timeout", files{"config.yml": oneAccount + "api: {timeout: -1s}\n"}, "config.yml:2: api.timeout: must be a duration such as 15s, 30m or 1d"},
	{"endless timeout", files{"config.yml": oneAccount + "api: {timeout: 1000y}\n"}, "config.yml:2: api.timeout: must be a duration such as 15s, 30m or 1d"},
	{"no timeout", files{"config.yml": oneAccount + "api: {timeout: 0}\n"}, "config.yml:2: api.timeout: must be longer than 0s"},
	{"no requests", files{"config.yml": oneAccount + "api: {requests_per_second: 0}\n"}, "config.yml:2: api.requests_per_second: must be a number above 0"},
	{"no connections", files{"config.yml": oneAccount + "api: {max_connections: 0}\n"}, "config.yml:2: api.max_connections: must be between 1 and 10000"},
	{"half a connection", files{"config.yml": oneAccount + "api: {max_connections: 2.5}\n"}, "config.yml:2: api.max_connections: must be a whole number"},
	{"NaN requests", files{"config.yml": oneAccount + "api: {requests_per_second: .nan}\n"}, "config.yml:2: api.requests_per_second: must be a number above 0"},
	{"endless requests", files{"config.yml": oneAccount + "api: {requests_per_second: .inf}\n"}, "config.yml:2: api.requests_per_second: must be a number above 0"},
	{"requests as text", files{"config.yml": oneAccount + "api: {requests_per_second: many}\n"}, "config.yml:2: api.requests_per_second: must be a number"},
	{"no such time of day", files{"config.yml": oneAccount + "poll: {not_before: '24:00'}\n"}, `config.yml:2: poll.not_before: must be a time of day such as "08:00"`},
	{"hour alone", files{"config.yml": oneAccount + "poll: {not_before: 8}\n"}, `config.yml:2: poll.not_before: must be a time of day such as "08:00"`},
	{"no retry interval", files{"config.yml": oneAccount + "poll: {retry_interval: 0s}\n"}, "config.yml:2: poll.retry_interval: must be longer than 0s"},
	{"negative settle days", files{"config.yml": oneAccount + "poll: {settle_days: -1}\n"}, "config.yml:2: poll.settle_days: must be between 0 and 36500"},
	{"half a day", files{"config.yml": oneAccount + "window: {daily: 2.5}\n"}, "config.yml:2: window.daily: must be a whole number"},
	{"days as duration", files{"config.yml": oneAccount + "window: {daily: 30d}\n"}, "config.yml:2: window.daily: must be a whole number"},
	{"number in quotes", files{"config.yml": oneAccount + "window: {daily: '30'}\n"}, "config.yml:2: window.daily: must be a whole number"},
	{"no daily window", files{"config.yml": oneAccount + "window: {daily: 0}\n"}, "config.yml:2: window.daily: must be between 1 and 36500"},
	{"huge window", files{"config.yml": oneAccount + "window: {daily: 99999999999999999999}\n"}, "config.yml:2: window.daily: must be a whole number"},
	{"negative windows", files{"config.yml": oneAccount + "window: {hourly: -1, article: -1, articles_per_day: -1, pages_per_day: -1}\n"}, `
config.yml:2: window.hourly: must be between 0 and 36500
config.yml:2: window.article: must be between 0 and 36500
config.yml:2: window.articles_per_day: must be between 0 and 1000000000
config.yml:2: window.pages_per_day: must be between 0 and 1000000000`},
	{"retention of a day", files{"config.yml": oneAccount + "storage: {retention: 1}\nwindow: {daily: 2, hourly: 0, article: 0}\n"}, "config.yml:2: storage.retention: must be 0 or at least the largest window, 2 days"},
	{"retention below the default window", files{"config.yml": oneAccount + "storage:\n  retention: 29\n"}, "config.yml:3: storage.retention: must be 0 or at least the largest window, 30 days"},
	{"retention below the article window", files{"config.yml": oneAccount + "storage: {retention: 30}\nwindow: {article: 31}\n"}, "config.yml:2: storage.retention: must be 0 or at least the largest window, 31 days"},
	{"no such day", files{"config.yml": oneAccount + "history: {since: 2025-02-30}\n"}, "config.yml:2: history.since: must be a day such as 2025-01-01"},
	{"tomorrow", files{"config.yml": oneAccount + "history:\n  since: 2026-05-02\n"}, "config.yml:3: history.since: lies in the future: in Beijing it is 2026-05-01"},
	{"no calls", files{"config.yml": oneAccount + "history: {calls_per_day: 0}\n"}, "config.yml:2: history.calls_per_day: must be between 1 and 36500"},
	{"receiver as mapping", files{"config.yml": oneAccount + "remote_write: {url: 'http://a'}\n"}, "config.yml:2: remote_write: must be a list"},
	{"receiver without url", files{"config.yml": oneAccount + "remote_write: [{families: [user]}]\n"}, "config.yml:2: remote_write[0].url: missing"},
	{"receiver with password", files{"config.yml": oneAccount + "remote_write: [{url: 'https://u:SECRET@a'}]\n"}, "config.yml:2: remote_write[0].url: must not hold a user name or password (use basic_auth)"},
	{"receiver of other families", files{"config.yml": oneAccount + "remote_write: [{url: 'http://a', families: [user, users, user]}]\n"}, `
config.yml:2: remote_write[0].families[1]: must be one of user, message, interface, article, publish, mini, miniops, revenue
config.yml:2: remote_write[0].families[2]: is in the list already`},
	{"unknown key like one that is wrong", files{"config.yml": oneAccount + "remote_write: [{url: 'https://u:SECRET@a', urls: x}]\n"}, `
config.yml:2: remote_write[0].urls: unknown key
config.yml:2: remote_write[0].url: must not hold a user name or password (use basic_auth)`},
	{"collectors of a receiver by both names", files{"config.yml": oneAccount + "remote_write: [{url: 'http://a', families: [user], collectors: [user]}]\n"}, "config.yml:2: remote_write[0]: families is the old name of collectors: only one of the two"},
	{"receiver of other collectors", files{"config.yml": oneAccount + "remote_write: [{url: 'http://a', collectors: [user, users]}]\n"}, "config.yml:2: remote_write[0].collectors[1]: must be one of user, message, interface, article, publish, mini, miniops, revenue"},
	{"two receivers of a name", files{"config.yml": oneAccount + "remote_write:\n- {url: 'http://a/w?SECRET'}\n- {url: 'http://a/w'}\n"}, "config.yml:4: remote_write[1].name: an earlier receiver has this name; without one it is host and path of the url"},

	// The HTTP client configuration.
	{"mistyped HTTP key", files{"config.yml": oneAccount + "api: {proxi_url: 'http://u:SECRET@a'}\n"}, "config.yml:2: api.proxi_url: unknown key"},
	{"nested HTTP key", files{"config.yml": oneAccount + "api:\n  tls_config:\n    insecure_skip_verfy: true\n"}, "config.yml:4: api.tls_config.insecure_skip_verfy: unknown key"},
	{"deeper HTTP key", files{"config.yml": oneAccount + "api:\n  oauth2: {client_id: a, token_url: b, tls_config: {ca_fil: x}}\n"}, "config.yml:3: api.oauth2.tls_config.ca_fil: unknown key"},
	{"secret manager", files{"config.yml": oneAccount + "api: {basic_auth: {password_ref: SECRET}}\n"}, "config.yml:2: api.basic_auth.password_ref: unknown key (there is no secret manager)"},
	{"HTTP duplicate", files{"config.yml": oneAccount + "api: {basic_auth: {password: SECRET, password: SECRET}}\n"}, "config.yml:2: api.basic_auth.password: duplicate key, first in line 2"},
	{"HTTP text for bool", files{"config.yml": oneAccount + "api: {follow_redirects: maybe}\n"}, "config.yml:2: api.follow_redirects: must be true or false"},
	{"HTTP list for text", files{"config.yml": oneAccount + "api: {bearer_token: [SECRET]}\n"}, "config.yml:2: api.bearer_token: must be text"},
	{"HTTP text for list", files{"config.yml": oneAccount + "api: {proxy_url: 'http://a', proxy_connect_header: {X-A: SECRET}}\n"}, "config.yml:2: api.proxy_connect_header.X-A: must be a list"},
	{"proxy without scheme", files{"config.yml": oneAccount + "api: {proxy_url: 'u:SECRET@a:80'}\n"}, "config.yml:2: api.proxy_url: must be a URL that begins with http://, https://, socks5:// or socks5h:// and a host"},
	{"broken proxy", files{"config.yml": oneAccount + "api: {proxy_url: 'http://u:SECRET@a:b'}\n"}, "config.yml:2: api.proxy_url: must be a URL that begins with http://, https://, socks5:// or socks5h:// and a host"},
	{"TLS version", files{"config.yml": oneAccount + "api: {tls_config: {min_version: TLS21}}\n"}, "config.yml:2: api.tls_config.min_version: must be one of TLS10, TLS11, TLS12, TLS13"},
	{"two ways to authenticate", files{"config.yml": oneAccount + "api:\n  basic_auth: {username: u, password: SECRET}\n  bearer_token: SECRET\n"}, "config.yml:2: api: at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured"},
	{"certificate without key", files{"config.yml": oneAccount + "api: {tls_config: {cert: SECRET}}\n"}, "config.yml:2: api.tls_config: exactly one of key or key_file must be configured when a client certificate is configured"},
	{"no CA file", files{"config.yml": oneAccount + "api:\n  tls_config: {ca_file: ca.pem}\n"}, "config.yml:3: api.tls_config.ca_file: no such file or directory (relative paths start in the directory of the configuration file)"},
	{"no header file", files{"config.yml": oneAccount + "api:\n  http_headers: {X-A: {files: [none]}}\n"}, "config.yml:3: api.http_headers.X-A.files[0]: no such file or directory (relative paths start in the directory of the configuration file)"},
	{"bad CA", files{"config.yml": oneAccount + "api:\n  tls_config: {ca: SECRET}\n"}, "config.yml:3: api.tls_config: unable to use specified CA cert inline"},
	{"bad key pair", files{"config.yml": oneAccount + "api:\n  tls_config: {cert: SECRET, key: SECRET}\n"}, "config.yml:3: api.tls_config: unable to use specified client cert (inline) & key (inline): tls: failed to find any PEM data in certificate input"},

	{"header names", files{"config.yml": oneAccount + "api:\n  proxy_url: http://a\n  proxy_connect_header: {X A: [SECRET]}\n  http_headers:\n    \"X-Key \": {secrets: [SECRET]}\n    X-Kéy: {secrets: [SECRET]}\n    X-Key: {secrets: [SECRET]}\n"}, `
config.yml:4: api.proxy_connect_header....: is no name of a header: letters, digits and -, no space
config.yml:6: api.http_headers....: is no name of a header: letters, digits and -, no space
config.yml:7: api.http_headers....: is no name of a header: letters, digits and -, no space`},
	{"heading of a key file", files{"config.yml": oneAccount + "api:\n  tls_config:\n    cert: |\n      -----BEGIN SECRET-----\n      U0VDUkVU\n      -----END SECRET-----\n    key: SECRET\n"}, "config.yml:3: api.tls_config: unable to use specified client cert (inline) & key (inline): tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the following types: [...]"},

	// Accounts.
	{"accounts as mapping", files{"config.yml": "accounts: {name: a}\n"}, "config.yml:1: accounts: must be a list"},
	{"account as text", files{"config.yml": "accounts:\n- app_secret SECRET\n"}, "config.yml:2: accounts[0]: must be a mapping of keys to values"},
	{"account without value", files{"config.yml": "accounts:\n-\n- {name: a, app_id: wx1, app_secret: s}\n"}, "config.yml:2: accounts[0]: has no value"},
	{"no name, no app id", files{"config.yml": "accounts:\n- {name: a, app_id: wx1, app_secret: s}\n- app_secret: SECRET\n"}, `
config.yml:3: accounts[1].name: missing
config.yml:3: accounts[1].app_id: missing`},
	{"name with a space", files{"config.yml": "accounts:\n- {name: a b, app_id: wx1, app_secret: s}\n"}, "config.yml:2: accounts[0].name: may only hold letters and digits of any script, and _ . -"},
	{"name with punctuation", files{"config.yml": "accounts:\n- {name: 品牌（一）, app_id: wx1, app_secret: s}\n"}, "config.yml:2: accounts[0].name: may only hold letters and digits of any script, and _ . -"},
	{"name of an accent alone", files{"config.yml": "accounts:\n- {name: \"\\u0301\", app_id: wx1, app_secret: s}\n"}, "config.yml:2: accounts[0].name: may only hold letters and digits of any script, and _ . -"},
	{"name with something unseen", files{"config.yml": "accounts:\n- {name: \"a\\u200b\", app_id: wx1, app_secret: s}\n"}, "config.yml:2: accounts[0].name: holds a zero-width space (U+200B)"},
	{"names that look the same", files{"config.yml": "accounts:\n- {name: \"caf\\u00e9\", app_id: wx1, app_secret: s}\n- {name: \"cafe\\u0301\", app_id: wx2, app_secret: s}\n"}, "config.yml:3: accounts[1].name: café is already used by the account at config.yml:2"},
	{"app id with a newline", files{"config.yml": "accounts:\n- {name: a, app_id: \"wx1\\n\", app_secret: s}\n"}, "config.yml:2: accounts[0].app_id: holds a line break (U+000A)"},
	{"app id with a space", files{"config.yml": "accounts:\n- {name: a, app_id: wx 1, app_secret: s}\n"}, "config.yml:2: accounts[0].app_id: may only hold letters, digits and _ . -"},
	{"app id with something unseen", files{"config.yml": "accounts:\n- {name: a, app_id: \"wx1\\u00a0\", app_secret: s}\n"}, "config.yml:2: accounts[0].app_id: holds a no-break space (U+00A0)"},
	{"original id for app id", files{"config.yml": "accounts:\n- {name: a, app_id: gh_0123456789ab, app_secret: s}\n"}, "config.yml:2: accounts[0].app_id: is the account's original ID (gh_..., 原始ID): what is needed is the developer ID, AppID, which begins with wx"},
	{"app id and secret exchanged", files{"config.yml": "accounts:\n- name: a\n  app_id: 0123456789abcdef0123456789abcdef\n  app_secret: wx00000000000000a1\n"}, `
config.yml:3: accounts[0].app_id: looks like an app secret: are the two exchanged?
config.yml:4: accounts[0].app_secret: looks like the account's ID: the app secret is another`},
	{"placeholders", files{"config.yml": "accounts:\n- name: a\n  app_id: replace-me\n  app_secret: replace-me\n- name: b\n  app_id: wx2\n  app_secret_file: s\n- name: c\n  token:\n    url: http://a\n    http_headers: {X-A: {secrets: [replace-me], files: [s]}}\n    bearer_token: Replace-Me\n", "s": "replace-me\n"}, `
config.yml:3: accounts[0].app_id: is still replace-me, as in the example
config.yml:4: accounts[0].app_secret: is still replace-me, as in the example
config.yml:7: accounts[1].app_secret_file: is still replace-me, as in the example
config.yml:11: accounts[2].token.http_headers.X-A.secrets[0]: is still replace-me, as in the example
config.yml:11: accounts[2].token.http_headers.X-A.files[0]: is still replace-me, as in the example
config.yml:12: accounts[2].token.bearer_token: is still replace-me, as in the example`},
	{"secret with something unseen", files{"config.yml": "accounts:\n- name: a\n  app_id: wx1\n  app_secret: \"SECRET\\u00a0SECRET\"\n"}, "config.yml:4: accounts[0].app_secret: holds a no-break space (U+00A0)"},
	{"secret of letters that no secret has", files{"config.yml": "accounts:\n- name: a\n  app_id: wx1\n  app_secret: SECRÉT\n"}, "config.yml:4: accounts[0].app_secret: holds a letter or digit that is not ASCII"},
	{"secret of two lines", files{"config.yml": "accounts:\n- name: a\n  app_id: wx1\n  app_secret: |\n    SECRET\n    SECRET\n"}, "config.yml:4: accounts[0].app_secret: holds a line break (U+000A)"},
	{"secret files that do not look right", files{"config.yml": "accounts:\n- {name: a, app_id: wx1, app_secret_file: nul}\n- {name: b, app_id: wx2, app_secret_file: joiner}\n- {name: c, app_id: wx3, app_secret_file: utf16}\n- {name: d, app_id: wx4, app_secret_file: id}\n- {name: e, token: {file: space}}\n- name: f\n  app_id: wx6\n  token:\n    authorizer:\n      component_app_id: gh_6\n      component_access_token_file: space\n      refresh_token_file: space\n",
		"nul": "SECRET\x00\n", "joiner": "SECRET\u200d", "utf16": "S\x00E\x00C\x00R\x00E\x00T\x00", "id": "gh_0123456789ab", "space": "\u3000SECRET"}, `
config.yml:2: accounts[0].app_secret_file: holds a NUL (U+0000)
config.yml:3: accounts[1].app_secret_file: holds a zero-width joiner (U+200D)
config.yml:4: accounts[2].app_secret_file: holds a NUL (U+0000)
config.yml:5: accounts[3].app_secret_file: looks like the account's ID: the app secret is another
config.yml:6: accounts[4].token.file: holds a full-width space (U+3000)
config.yml:11: accounts[5].token.authorizer.component_app_id: is the account's original ID (gh_..., 原始ID): what is needed is the developer ID, AppID, which begins with wx
config.yml:12: accounts[5].token.authorizer.component_access_token_file: holds a full-width space (U+3000)
config.yml:13: accounts[5].token.authorizer.refresh_token_file: holds a full-width space (U+3000)`},
	{"credentials that do not look right", files{"config.yml": "accounts:\n- name: a\n  token:\n    url: http://a\n    basic_auth:\n      username: a:b\n      password_file: marked\n- name: b\n  token:\n    url: http://a\n    authorization: {credentials_file: joiner}\n- name: c\n  token:\n    url: http://a\n    http_headers: {X-A: {secrets: [\"SECRET\\u200b\"]}}\n    tls_config: {ca_file: marked}\n",
		"marked": "\ufeffSECRET", "joiner": "SECRET\u200d"}, `
config.yml:6: accounts[0].token.basic_auth.username: must not hold a colon, which ends it
config.yml:7: accounts[0].token.basic_auth.password_file: begins with a byte order mark, which would be sent, too: save it as UTF-8 without one
config.yml:11: accounts[1].token.authorization.credentials_file: holds a zero-width joiner (U+200D)
config.yml:15: accounts[2].token.http_headers.X-A.secrets[0]: holds a zero-width space (U+200B)
config.yml:16: accounts[2].token.tls_config.ca_file: begins with a byte order mark: save it as UTF-8 without one`},
	{"control character in a label", files{"config.yml": "accounts:\n- {name: a, app_id: wx1, app_secret: s, labels: {x: \"a\\0\"}}\n"}, "config.yml:2: accounts[0].labels.x: holds a NUL (U+0000)"},
	{"empty name", files{"config.yml": "accounts:\n- {name: '', app_id: wx1, app_secret: s}\n"}, "config.yml:2: accounts[0].name: has no value"},
	{"duplicate account", files{"config.yml": "accounts:\n- {name: a, app_id: wx1, app_secret: s}\n- name: a\n  app_id: wx1\n  app_secret: s\n"}, `
config.yml:3: accounts[1].name: a is already used by the account at config.yml:2
config.yml:4: accounts[1].app_id: wx1 is already used by the account at config.yml:2`},
	{"empty secret", files{"config.yml": "accounts:\n- {name: a, app_id: wx1, app_secret: ' '}\n"}, "config.yml:2: accounts[0].app_secret: has no value"},
	{"two secrets", files{"config.yml": "accounts:\n- name: a\n  app_id: wx1\n  app_secret: SECRET\n  app_secret_file: s\n", "s": "SECRET"}, "config.yml:5: accounts[0].app_secret_file: there is app_secret already: only one of the two"},
	{"no secret file", files{"config.yml": "accounts:\n- name: a\n  app_id: wx1\n  app_secret_file: SECRET\n"}, "config.yml:4: accounts[0].app_secret_file: no such file or directory (relative paths start in the directory of the configuration file)"},
	{"no absolute secret file", files{"config.yml": "accounts:\n- {name: a, app_id: wx1, app_secret_file: /SECRET/none}\n"}, "config.yml:2: accounts[0].app_secret_file: no such file or directory"},
	{"empty secret file", files{"config.yml": "accounts:\n- {name: a, app_id: wx1, app_secret_file: s}\n", "s": " \n"}, "config.yml:2: accounts[0].app_secret_file: is empty"},
	{"secret file of two lines", files{"config.yml": "accounts:\n- {name: a, app_id: wx1, app_secret_file: s}\n", "s": "SECRET\nSECRET\n"}, "config.yml:2: accounts[0].app_secret_file: holds more than one line"},
	{"directory for secret", files{"config.yml": "accounts:\n- {name: a, app_id: wx1, app_secret_file: s}\n", "s/x": ""}, "config.yml:2: accounts[0].app_secret_file: is not a regular file"},
	{"device for secret", files{"config.yml": "accounts:\n- {name: a, app_id: wx1, app_secret_file: /dev/zero}\n"}, "config.yml:2: accounts[0].app_secret_file: is not a regular file"},
	{"no collector", files{"config.yml": "accounts:\n- {name: a, app_id: wx1, app_secret: s, collectors: []}\n"}, "config.yml:2: accounts[0].collectors: is empty: leave the key out for every collector that the flags allow"},
	{"unknown collector", files{"config.yml": "accounts:\n- {name: a, app_id: wx1, app_secret: s, collectors: [user, mesage]}\n"}, "config.yml:2: accounts[0].collectors[1]: must be one of user, message, interface, article, publish, mini, miniops, revenue"},
	{"unknown type", files{"config.yml": "accounts:\n- name: a\n  app_id: wx1\n  app_secret: s\n  type: minigame\n  collectors: [mini]\n"}, "config.yml:5: accounts[0].type: must be one of official, mini"},
	{"collectors of another type", files{"config.yml": "accounts:\n- name: a\n  app_id: wx1\n  app_secret: s\n  collectors: [publish, mini, user]\n- name: b\n  type: mini\n  app_id: wx2\n  app_secret: s\n  collectors:\n  - revenue\n  - user\n  - nothing\n"}, `
config.yml:5: accounts[0].collectors[1]: is not for an account of type official, which has user, message, interface, article, publish
config.yml:12: accounts[1].collectors[1]: is not for an account of type mini, which has mini, miniops, revenue
config.yml:13: accounts[1].collectors[2]: must be one of user, message, interface, article, publish, mini, miniops, revenue`},
	{"type without a value", files{"config.yml": "accounts:\n- {name: a, type: , app_id: wx1, app_secret: s}\n"}, "config.yml:2: accounts[0].type: has no value"},
	{"collector twice", files{"config.yml": "accounts:\n- name: a\n  app_id: wx1\n  app_secret: s\n  collectors:\n  - user\n  - user\n"}, "config.yml:7: accounts[0].collectors[1]: is in the list already"},
	{"collectors as text", files{"config.yml": "accounts:\n- {name: a, app_id: wx1, app_secret: s, collectors: user}\n"}, "config.yml:2: accounts[0].collectors: must be a list"},
	{"labels", files{"config.yml": "accounts:\n- name: a\n  app_id: wx1\n  app_secret: s\n  labels:\n    date: x\n    job: x\n    instance: x\n    __x: x\n    1x: x\n    a-b: x\n    团队: x\n    '': x\n    <<: x\n"}, `
config.yml:5: accounts[0].labels: is no label name: letters, digits and _, not beginning with a digit or __
config.yml:6: accounts[0].labels.date: the exporter has a label of this name itself
config.yml:7: accounts[0].labels.job: Prometheus sets this label when it scrapes
config.yml:8: accounts[0].labels.instance: Prometheus sets this label when it scrapes
config.yml:9: accounts[0].labels.__x: is no label name: letters, digits and _, not beginning with a digit or __
config.yml:10: accounts[0].labels.1x: is no label name: letters, digits and _, not beginning with a digit or __
config.yml:11: accounts[0].labels.a-b: is no label name: letters, digits and _, not beginning with a digit or __
config.yml:12: accounts[0].labels....: is no label name: letters, digits and _, not beginning with a digit or __
config.yml:14: accounts[0].labels.<<: is no label name: letters, digits and _, not beginning with a digit or __`},
	{"label of a list", files{"config.yml": "accounts:\n- name: a\n  app_id: wx1\n  app_secret: s\n  labels:\n    x: [y]\n"}, "config.yml:6: accounts[0].labels.x: must be text"},
	{"labels without a value", files{"config.yml": "accounts:\n- name: a\n  app_id: wx1\n  app_secret: s\n  labels:\n    ok:\n    team: ''\n    token: ' '\n"}, `
config.yml:6: accounts[0].labels.ok: has no value
config.yml:7: accounts[0].labels.team: has no value
config.yml:8: accounts[0].labels.token: has no value`},

	// Tokens.
	{"token as text", files{"config.yml": "accounts:\n- {name: a, app_id: wx1, app_secret: s, token: stable}\n"}, "config.yml:2: accounts[0].token: must be a mapping of keys to values"},
	{"empty token", files{"config.yml": "accounts:\n- {name: a, app_id: wx1, app_secret: s, token: {}}\n"}, "config.yml:2: accounts[0].token: needs exactly one of mode, file, url, authorizer"},
	{"two tokens", files{"config.yml": "accounts:\n- {name: a, app_id: wx1, app_secret: s, token: {mode: stable, url: 'http://a'}}\n"}, "config.yml:2: accounts[0].token: needs exactly one of mode, file, url, authorizer"},
	{"unknown mode", files{"config.yml": "accounts:\n- {name: a, token: {mode: SECRET}}\n"}, "config.yml:2: accounts[0].token.mode: must be one of stable, classic"},
	{"classic without secret", files{"config.yml": "accounts:\n- {name: a, app_id: wx1, token: {mode: classic}}\n"}, "config.yml:2: accounts[0].app_secret: missing (or app_secret_file)"},
	{"secret beside a token file", files{"config.yml": "accounts:\n- name: a\n  app_secret: SECRET\n  token: {file: t}\n", "t": "SECRET"}, "config.yml:3: accounts[0].app_secret: is not used with token.file"},
	{"no token file", files{"config.yml": "accounts:\n- name: a\n  token:\n    file: none\n"}, "config.yml:4: accounts[0].token.file: no such file or directory (relative paths start in the directory of the configuration file)"},
	{"token url", files{"config.yml": "accounts:\n- name: a\n  token: {url: 'https://u:SECRET@a/'}\n"}, "config.yml:3: accounts[0].token.url: must not hold a user name or password (use basic_auth)"},
	{"HTTP keys without url", files{"config.yml": "accounts:\n- {name: a, app_id: wx1, app_secret: s, token: {mode: stable, proxy_url: 'http://u:SECRET@a', follow_redirects: true}}\n"}, "config.yml:2: accounts[0].token: HTTP client keys are only used with url or authorizer.component_access_token_url (api has its own)"},
	{"HTTP keys of a token", files{"config.yml": "accounts:\n- name: a\n  token: {url: 'http://a', authorization: {type: basic, credentials: SECRET}}\n"}, `config.yml:3: accounts[0].token: authorization type cannot be set to "basic", use "basic_auth" instead`},
	{"empty authorizer", files{"config.yml": "accounts:\n- {name: a, token: {authorizer: {}}}\n"}, "config.yml:2: accounts[0].token: needs exactly one of mode, file, url, authorizer"},
	{"authorizer with too little", files{"config.yml": "accounts:\n- {name: a, token: {authorizer: {component_access_token_url: 'http://a'}}}\n- {name: b, app_id: wx2, token: {authorizer: {component_app_id: wx3, refresh_token_file: s}}}\n", "s": "SECRET"}, `
config.yml:2: accounts[0].token.authorizer.component_app_id: missing
config.yml:2: accounts[0].token.authorizer.refresh_token_file: missing
config.yml:2: accounts[0].app_id: missing
config.yml:3: accounts[1].token.authorizer: needs exactly one of component_access_token_file, component_access_token_url`},
	{"authorizer with too much", files{"config.yml": "accounts:\n- name: a\n  app_id: wx1\n  app_secret_file: s\n  token:\n    authorizer:\n      component_app_id: wx2\n      component_access_token_file: s\n      component_access_token_url: http://a\n      refresh_token_file: s\n", "s": "SECRET"}, `
config.yml:4: accounts[0].app_secret_file: is not used with token.authorizer
config.yml:6: accounts[0].token.authorizer: needs exactly one of component_access_token_file, component_access_token_url`},
	{"empty refresh token file", files{"config.yml": "accounts:\n- name: a\n  app_id: wx1\n  token:\n    authorizer:\n      component_app_id: wx2\n      component_access_token_file: s\n      refresh_token_file: empty\n", "s": "SECRET", "empty": ""}, "config.yml:8: accounts[0].token.authorizer.refresh_token_file: is empty"},
	{"shared refresh token file", files{"config.yml": "accounts:\n- &a\n  name: a\n  app_id: wx1\n  token: &t\n    authorizer: {component_app_id: wx2, component_access_token_file: t, refresh_token_file: ./t}\n- name: b\n  app_id: wx3\n  token:\n    authorizer: {component_app_id: wx2, component_access_token_file: t,\n      refresh_token_file: t}\n", "t": "SECRET"}, "config.yml:11: accounts[1].token.authorizer.refresh_token_file: t is already used by the account at config.yml:6"},

	// Account files.
	{"no account file", files{"config.yml": "account_files:\n- 'x/*'\n- more/a.yml\n"}, "config.yml:3: account_files[1]: more/a.yml: no such file or directory"},
	{"directory as account file", files{"config.yml": "account_files: [more]\n", "more/a.yml": ""}, "config.yml:1: account_files[0]: more: is not a regular file"},
	{"bad pattern", files{"config.yml": "account_files: ['[']\n" + oneAccount}, "config.yml:1: account_files[0]: is not a valid file name pattern"},
	{"account files as text", files{"config.yml": "account_files: more\n" + oneAccount}, "config.yml:1: account_files: must be a list"},
	{"account files", files{
		"config.yml": "account_files: ['*.yaml']\n" + oneAccount,
		"a.yaml":     "",
		"b.yaml":     "accounts: []\n",
		"c.yaml":     "- {name: a, app_id: wx2, app_secret: s}\n\n- name: c\n  app_id: wx2\n",
		"d.yaml":     "- {name: d, app_id: wx4, app_secret_file: more/none}\n- {\n",
		"e.yaml":     "- {name: e, app_id: wx5, app_secret_file: more/none}\n",
		"f.yaml":     "- {name: f, app_id: wx6, app_secret: s}\n- name: g\n  secret: SECRET\n",
	}, `
a.yaml:1: the file is empty
b.yaml:1: accounts: must be a list
c.yaml:1: accounts[0].name: a is already used by the account at config.yml:2
c.yaml:3: accounts[1].app_secret: missing (or app_secret_file)
c.yaml:4: accounts[1].app_id: wx2 is already used by the account at c.yaml:1
d.yaml:2: is not valid YAML: did not find expected node content
e.yaml:1: accounts[0].app_secret_file: no such file or directory (relative paths start in the directory of the configuration file)
f.yaml:3: accounts[1].secret: unknown key`},
}

func TestLoadBad(t *testing.T) {
	for _, tc := range bad {
		t.Run(tc.name, func(t *testing.T) {
			_, _, err := tc.in.load(t)
			if err == nil {
				t.Fatal("loaded")
			}
			if want := strings.TrimPrefix(tc.want, "\n"); err.Error() != want {
				t.Errorf("got\n%s\nwant\n%s", err, want)
			}
			for _, leak := range []string{"SECRET", "config.Account", "*config", "go.yaml.in", "!!"} {
				if strings.Contains(err.Error(), leak) {
					t.Errorf("the error holds %s: %s", leak, err)
				}
			}
		})
	}
}
