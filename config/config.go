// Package config reads the configuration file, or the environment instead of
// it, into plain values. Load finds everything that is wrong with a file and
// reports it with file, line and key, never with a value: it may be a secret.
package config

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	commoncfg "github.com/prometheus/common/config"
)

// Config is a configuration that has been read and checked.
type Config struct {
	API      API       `yaml:"api"`
	Poll     Poll      `yaml:"poll"`
	Window   Window    `yaml:"window"`
	History  History   `yaml:"history"`
	Storage  Storage   `yaml:"storage"`
	Remote   []Remote  `yaml:"remote_write"`
	Accounts []Account `yaml:"-"` // of the configuration file, then of the account files
	Warnings []string  `yaml:"-"` // one line each: what was accepted although it looks like a mistake
}

// Vocabulary is what a configuration is checked against.
type Vocabulary struct {
	Families  []string // the names that collectors may hold
	Types     []Type   // of accounts, the default one first
	Labels    []string // the labels of the exporter's own series, which an account cannot set
	Today     string   // YYYY-MM-DD in Beijing; empty: no date is in the future
	FillCalls int      // the most that counts of history.calls_per_day; 0: any number
	// WithoutAccounts is for whoever has accounts of its own: what the file says of
	// accounts is left out, right or wrong.
	WithoutAccounts bool
}

// Type is a type of accounts.
type Type struct {
	Name     string
	Families []string // the names that collectors of such an account may hold
}

// API says how WeChat is reached.
type API struct {
	URL               string                     `yaml:"url"` // scheme, host and perhaps a path prefix, without a slash at the end
	Timeout           time.Duration              `yaml:"timeout"`
	RequestsPerSecond float64                    `yaml:"requests_per_second"` // of each account
	MaxConnections    int                        `yaml:"max_connections"`     // requests at the same time, all accounts together
	HTTP              commoncfg.HTTPClientConfig `yaml:",inline"`
}

// Equal reports whether two clients made from a and b would be the same.
func (a API) Equal(b API) bool { return reflect.DeepEqual(a, b) }

// Clock is a time of day, since 00:00.
type Clock time.Duration

// Poll says when WeChat is asked.
type Poll struct {
	NotBefore     Clock         `yaml:"not_before"`     // Beijing time; yesterday is asked for from then on
	RetryInterval time.Duration `yaml:"retry_interval"` // between questions for a day that WeChat has not computed yet
	SettleDays    int           `yaml:"settle_days"`    // days after which an empty day is final

	NotBeforeSet bool `yaml:"-"` // NotBefore was configured, and holds for all APIs
}

// Window says what is exported, in days back from yesterday.
type Window struct {
	Daily          int `yaml:"daily"`            // at least 1
	Hourly         int `yaml:"hourly"`           // series with an hour; 0 = none
	Article        int `yaml:"article"`          // series about a single thing: articles, pages, ad units; 0 = none
	ArticlesPerDay int `yaml:"articles_per_day"` // of a day and API, the most read first; 0 = no limit
	PagesPerDay    int `yaml:"pages_per_day"`    // pages of a mini program, cities, devices, ad units, the largest first; 0 = no limit
}

// History says how the store is filled with days before the window.
type History struct {
	Since       string `yaml:"since" empty:"none"` // the first day, YYYY-MM-DD; empty = none
	CallsPerDay int    `yaml:"calls_per_day"`      // of an API and account, for that
}

// Remote is a receiver of the history.
type Remote struct {
	Name       string                     `yaml:"name"`       // in metrics, in the log and in the store; without it, host and path of the URL
	URL        string                     `yaml:"url"`        // may carry a credential, so never to be shown
	Collectors []string                   `yaml:"collectors"` // in the order of Vocabulary.Families; none: all
	HTTP       commoncfg.HTTPClientConfig `yaml:",inline"`
}

// Equal reports whether a and b are configured alike.
func (r Remote) Equal(other Remote) bool { return reflect.DeepEqual(r, other) }

// Storage says what the store keeps.
type Storage struct {
	Retention int `yaml:"retention"` // days; 0 = for ever, else at least the largest window
}

// Account is an account of WeChat. It prints as its name.
type Account struct {
	Name          string            `yaml:"name"`   // the label account
	Type          string            `yaml:"type"`   // one of Vocabulary.Types; empty = the first
	AppID         string            `yaml:"app_id"` // may be empty when Token.Mode is TokenFile or TokenURL
	AppSecret     commoncfg.Secret  `yaml:"app_secret"`
	AppSecretFile string            `yaml:"app_secret_file"` // absolute, or joined with the configuration file's directory
	Collectors    []string          `yaml:"collectors"`      // in the order of Vocabulary.Families; nil = what the flags allow
	Labels        map[string]string `yaml:"labels"`          // on every series of the account; nil = none
	Token         Token             `yaml:"token"`
}

// The values of Token.Mode.
const (
	TokenStable     = "stable"     // POST /cgi-bin/stable_token
	TokenClassic    = "classic"    // GET /cgi-bin/token, which voids other clients' tokens
	TokenFile       = "file"       // a ready token, read from Token.File
	TokenURL        = "url"        // a ready token, fetched from Token.URL
	TokenAuthorizer = "authorizer" // POST /cgi-bin/component/api_authorizer_token
)

// Token says where an account's access token comes from.
type Token struct {
	Mode       string                     `yaml:"mode"` // one of the constants above
	File       string                     `yaml:"file"` // of TokenFile; joined like Account.AppSecretFile
	URL        string                     `yaml:"url"`  // of TokenURL; may carry a credential, so never to be shown
	HTTP       commoncfg.HTTPClientConfig `yaml:",inline"`
	Authorizer Authorizer                 `yaml:"authorizer"` // of TokenAuthorizer
}

// Authorizer says how a third-party platform gets an account's token. The
// account's app id is the authorizer_appid. Either ComponentTokenFile or
// ComponentTokenURL is set; Token.HTTP belongs to the latter.
type Authorizer struct {
	ComponentAppID     string `yaml:"component_app_id"`
	ComponentTokenFile string `yaml:"component_access_token_file"`
	ComponentTokenURL  string `yaml:"component_access_token_url"` // may carry a credential, so never to be shown
	RefreshTokenFile   string `yaml:"refresh_token_file"`
}

// Default returns the configuration of an empty file: what every key is
// without being set, and no account.
func Default() Config {
	return Config{
		API: API{
			URL:               "https://api.weixin.qq.com",
			Timeout:           15 * time.Second,
			RequestsPerSecond: 5,
			MaxConnections:    32,
			HTTP:              commoncfg.DefaultHTTPClientConfig,
		},
		Poll:    Poll{NotBefore: Clock(8 * time.Hour), RetryInterval: 30 * time.Minute, SettleDays: 3},
		Window:  Window{Daily: 30, Hourly: 2, Article: 7, ArticlesPerDay: 200, PagesPerDay: 20},
		History: History{CallsPerDay: 20},
	}
}

func defaultToken() Token {
	return Token{Mode: TokenStable, HTTP: commoncfg.DefaultHTTPClientConfig}
}

// UnmarshalYAML reads a time of day.
func (c *Clock) UnmarshalYAML(unmarshal func(any) error) error {
	var s string
	if err := unmarshal(&s); err != nil {
		return err
	}
	t, err := time.Parse("15:04", s)
	if err != nil {
		return errors.New(`must be a time of day such as "08:00"`)
	}
	*c = Clock(time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute)
	return nil
}

// UnmarshalYAML reads a receiver over its defaults. Its collectors were called
// families before.
func (r *Remote) UnmarshalYAML(unmarshal func(any) error) error {
	type section Remote
	r.HTTP = commoncfg.DefaultHTTPClientConfig
	in := struct {
		*section `yaml:",inline"`
		Families []string `yaml:"families"`
	}{section: (*section)(r)}
	err := unmarshal(&in)
	switch {
	case in.Families == nil:
	case r.Collectors != nil:
		return errors.Join(err, errors.New("families is the old name of collectors: only one of the two"))
	default:
		r.Collectors = in.Families
	}
	return err
}

// UnmarshalYAML decodes an account over its defaults.
func (a *Account) UnmarshalYAML(unmarshal func(any) error) error {
	type section Account
	a.Token = defaultToken()
	return unmarshal((*section)(a))
}

// UnmarshalYAML decodes a token that is not the default one: it has a mode only
// if there is one in the file.
func (t *Token) UnmarshalYAML(unmarshal func(any) error) error {
	type section Token
	t.Mode = ""
	return unmarshal((*section)(t))
}

// ID returns what identifies the account in the store, so that it can be renamed:
// its app id, or "name:" and its name when it has none.
func (a Account) ID() string {
	if a.AppID != "" {
		return a.AppID
	}
	return "name:" + a.Name
}

// Secret returns the app secret. It reads app_secret_file every time, so that
// a rotated secret is found. Errors name the file and never hold what is in it.
func (a Account) Secret() (string, error) {
	switch {
	case a.AppSecret != "":
		return strings.TrimSpace(string(a.AppSecret)), nil
	case a.AppSecretFile != "":
		s, err := readSecret(a.AppSecretFile)
		if err != nil {
			return "", fmt.Errorf("app secret file %s: %w", a.AppSecretFile, err)
		}
		return s, nil
	}
	return "", errors.New("the account has no app secret")
}

// Equal reports whether a and b are configured alike. The contents of the
// files that they name are not compared: those are read when they are needed.
func (a Account) Equal(b Account) bool { return reflect.DeepEqual(a, b) }

// String returns the name. It keeps secrets out of anything that prints an
// account.
func (a Account) String() string { return a.Name }

// GoString returns what String does, quoted.
func (a Account) GoString() string { return fmt.Sprintf("config.Account(%q)", a.Name) }
