// wx_exporter exports the daily statistics of WeChat Official Accounts and mini
// programs to Prometheus.
package main

import (
	"context"
	_ "embed"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/prometheus/common/version"

	"github.com/wxexporter/wx_exporter/app"
)

// release is the version of builds without linker flags, as by go run and
// go install.
//
//go:embed VERSION
var release string

func main() {
	if version.Version == "" {
		version.Version = strings.TrimSpace(release)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(app.Run(ctx, os.Args[1:], app.Host{Getenv: os.Getenv, Stdout: os.Stdout, Stderr: os.Stderr}))
}
