package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	toolkit "github.com/prometheus/exporter-toolkit/web"
	"go.yaml.in/yaml/v3"
)

// healthTimeout is how long the answer to a health check may take.
const healthTimeout = 3 * time.Second

// healthcheck asks the exporter that runs on this machine with the same web
// flags whether it is alive. An answer that it wants to know who asks, or that
// it is asked too often, is one of a living exporter too.
func healthcheck(ctx context.Context, web *toolkit.FlagConfig) error {
	url, err := healthURL(web)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	// Whose certificate it is does not matter on the way to oneself; that is
	// also why no proxy is asked.
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	resp, err := client.Do(req)
	if err != nil {
		if wantsCertificate(err) {
			return nil
		}
		return err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK, http.StatusUnauthorized, http.StatusTooManyRequests:
		return nil
	}
	return fmt.Errorf("%s answers %s", url, resp.Status)
}

// wantsCertificate reports whether the other side has refused a handshake, as a
// server does that knows its clients by their certificates.
func wantsCertificate(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "remote error"
}

// healthURL returns where an exporter with these flags tells that it is alive.
func healthURL(web *toolkit.FlagConfig) (string, error) {
	if *web.WebSystemdSocket {
		return "", errors.New("the address of a socket that systemd opens is not known")
	}
	address := (*web.WebListenAddresses)[0]
	host, port, err := net.SplitHostPort(address)
	if err != nil || port == "0" {
		return "", fmt.Errorf("no address to ask: %s", address)
	}
	switch host {
	case "", "0.0.0.0":
		host = "127.0.0.1"
	case "::":
		host = "::1"
	}
	scheme, err := webScheme(*web.WebConfigFile)
	if err != nil {
		return "", err
	}
	return scheme + "://" + net.JoinHostPort(host, port) + "/-/healthy", nil
}

// webScheme returns the scheme that a web configuration makes the exporter
// speak.
func webScheme(configFile string) (string, error) {
	if configFile == "" {
		return "http", nil
	}
	text, err := os.ReadFile(configFile)
	if err != nil {
		return "", err
	}
	var c struct {
		TLS toolkit.TLSConfig `yaml:"tls_server_config"`
	}
	if err := yaml.Unmarshal(text, &c); err != nil {
		return "", fmt.Errorf("%s: %w", configFile, err)
	}
	if c.TLS.IsEnabled() {
		return "https", nil
	}
	return "http", nil
}
