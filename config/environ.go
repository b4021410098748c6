package config

import (
	"errors"
	"fmt"
	"strings"

	commoncfg "github.com/prometheus/common/config"
)

// FromEnviron returns the configuration of the one account that the
// environment describes, by WX_APP_ID and WX_APP_SECRET or WX_APP_SECRET_FILE;
// its app id is also its name. It reports whether any of the three is set. The
// error has a line for each problem.
func FromEnviron(getenv func(string) string) (*Config, bool, error) {
	id := strings.Trim(getenv("WX_APP_ID"), " \t\r\n")
	secret := strings.Trim(getenv("WX_APP_SECRET"), " \t\r\n")
	file := getenv("WX_APP_SECRET_FILE")
	if id == "" && secret == "" && file == "" {
		return nil, false, nil
	}
	var errs []error
	if id == "" {
		errs = append(errs, errors.New("WX_APP_ID: missing"))
	} else if _, err := appID(id); err != nil {
		errs = append(errs, fmt.Errorf("WX_APP_ID: %w", err))
	}
	switch {
	case secret == "" && file == "":
		errs = append(errs, errors.New("WX_APP_SECRET or WX_APP_SECRET_FILE: missing"))
	case secret != "" && file != "":
		errs = append(errs, errors.New("WX_APP_SECRET_FILE: there is WX_APP_SECRET already: only one of the two"))
	case file != "":
		if err := isSecretFile(file); err != nil {
			errs = append(errs, fmt.Errorf("WX_APP_SECRET_FILE: %w", err))
		}
	default:
		if _, err := appSecret(secret); err != nil {
			errs = append(errs, fmt.Errorf("WX_APP_SECRET: %w", err))
		}
	}
	if len(errs) > 0 {
		return nil, true, errors.Join(errs...)
	}
	c := Default()
	c.Accounts = []Account{{Name: id, AppID: id, AppSecret: commoncfg.Secret(secret), AppSecretFile: file, Token: defaultToken()}}
	return &c, true, nil
}
