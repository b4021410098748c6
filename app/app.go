// Package app is the program: flags, wiring, start, reload and end, and the
// commands.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/wxexporter/wx_exporter/fleet"
	"github.com/wxexporter/wx_exporter/store"
)

const program = "wx_exporter"

// Host is what the program takes from the machine that it runs on.
type Host struct {
	Getenv         func(string) string
	Stdout, Stderr io.Writer
	Now            func() time.Time // nil: time.Now

	// What follows is for a simulated world; a machine has none of it.

	// Transport is used in place of all HTTP clients that the configuration describes.
	Transport http.RoundTripper
	// Serve is given the web server's handler, and no address is opened.
	Serve func(http.Handler)
	// Share lets replicas of one process share a SQLite store. nil: they do not.
	Share func(replica string) (fleet.Peers, *store.Sharing)
	// Random varies pauses: it returns numbers in [0, 1). nil: math/rand's.
	Random func() float64
}

// Run is the program with its arguments: it returns the exit code once ctx has
// ended, or when it cannot start.
func Run(ctx context.Context, args []string, host Host) int {
	if host.Now == nil {
		host.Now = time.Now
	}
	stdout, stderr := host.Stdout, host.Stderr
	f, code, done := parse(args, stdout, stderr)
	if done {
		return code
	}
	if f.command != nil {
		return printError(f.command.run(ctx, f, host), stderr)
	}
	if f.configCheck {
		return checkConfig(f, host)
	}
	logger := newLogger(f, stderr)
	limitMemory(logger)
	err := serve(ctx, f, host, logger)
	if err == nil {
		return 0
	}
	for _, e := range lines(err) {
		level.Error(logger).Log("msg", "exiting", "err", e)
	}
	return 1
}

// limitMemory makes the garbage collector respect nine tenths of the container's
// memory limit; the rest is for memory outside Go's heap. GOMEMLIMIT comes first.
func limitMemory(logger log.Logger) {
	_, err := memlimit.SetGoMemLimitWithOpts(memlimit.WithRatio(0.9), memlimit.WithProvider(memlimit.FromCgroup))
	if err != nil {
		level.Debug(logger).Log("msg", "no cgroup memory limit", "err", err)
	}
}

// checkConfig validates the configuration and the web configuration.
func checkConfig(f flags, host Host) int {
	cfg, err := load(f, host)
	if err = errors.Join(err, checkWeb(f)); err != nil {
		return printError(err, host.Stderr)
	}
	for _, w := range cfg.Warnings {
		fmt.Fprintln(host.Stderr, "warning:", w)
	}
	fmt.Fprintf(host.Stdout, "The configuration is fine. Accounts: %d.\n", len(cfg.Accounts))
	return 0
}

// oneLine joins the lines of an error's text.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// printError writes an error, if there is one, and returns the exit code.
func printError(err error, stderr io.Writer) int {
	if err == nil {
		return 0
	}
	for _, e := range lines(err) {
		fmt.Fprintln(stderr, e)
	}
	return 1
}
