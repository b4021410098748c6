package config

import (
	"errors"
	"regexp"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/wxexporter/wx_exporter/textfile"
)

const (
	nameRule    = "may only hold letters and digits of any script, and _ . -"
	wordRule    = "may only hold letters, digits and _ . -"
	placeholder = "replace-me"
)

var (
	isWord   = regexp.MustCompile(`^[a-zA-Z0-9_.-]+$`).MatchString
	isName   = regexp.MustCompile(`^[\p{L}\p{Nd}_.-][\p{L}\p{M}\p{Nd}_.-]*$`).MatchString
	isAppID  = regexp.MustCompile(`^wx[0-9a-f]{16}$`).MatchString
	isSecret = regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString
	// isExample holds for the app ids of config.example.yml.
	isExample = regexp.MustCompile(`^wx[0-9]123456789abcdef$`).MatchString
)

// address checks an http or https URL. Credentials in it are refused because
// URLs end up in messages.
func address(s string) (string, error) {
	u := parseURL(s, "http", "https")
	switch {
	case u == nil:
		return "", errors.New("must be a URL that begins with http:// or https:// and a host")
	case u.User != nil:
		return "", errors.New("must not hold a user name or password (use basic_auth)")
	case u.Fragment != "":
		return "", errors.New("must not have a fragment")
	}
	return u.String(), nil
}

// day checks a day of the calendar.
func day(s string) (string, error) {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return "", errors.New("must be a day such as 2025-01-01")
	}
	return s, nil
}

// originalID begins the id that every account has besides its app id.
const originalID = "gh_"

// name checks the name of an account or a receiver. Letters with accents can be
// written in two ways that look the same: the composed one is used.
func name(s string) (string, error) {
	if !isName(s) {
		return "", errors.New(nameRule)
	}
	return norm.NFC.String(s), nil
}

// appID checks what an app id can look like. WeChat's are wx and 16 hexadecimal
// digits, those of a gateway or a simulation may be others.
func appID(s string) (string, error) {
	if err := textfile.Visible(s); err != nil {
		return "", err
	}
	switch {
	case strings.HasPrefix(s, originalID):
		return "", errors.New("is the account's original ID (gh_..., 原始ID): what is needed is the developer ID, AppID, which begins with wx")
	case isSecret(s):
		return "", errors.New("looks like an app secret: are the two exchanged?")
	case !isWord(s):
		return "", errors.New(wordRule)
	}
	return s, nil
}

// appSecret returns an app secret without the white space around it.
func appSecret(text string) (string, error) {
	s, err := token(text)
	switch {
	case err != nil:
		return "", err
	case strings.HasPrefix(s, originalID), isAppID(s):
		return "", errors.New("looks like the account's ID: the app secret is another")
	}
	return s, nil
}

// token returns a secret that is sent as it is, without the white space around it.
func token(text string) (string, error) {
	s, err := textfile.Line(text)
	if err == nil {
		err = textfile.ASCII(s)
	}
	if err != nil {
		return "", err
	}
	return s, replaced(s)
}

// replaced returns an error if a text is still that of the example.
func replaced(s string) error {
	if strings.EqualFold(s, placeholder) {
		return errors.New("is still " + placeholder + ", as in the example")
	}
	return nil
}
