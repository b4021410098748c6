package main

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	sloggokit "github.com/tjhop/slog-gokit"
)

// newLogger returns the logger of the whole program.
func newLogger(f flags, w io.Writer) log.Logger {
	w = log.NewSyncWriter(w)
	logger := log.NewLogfmtLogger(w)
	if f.logFormat == "json" {
		logger = log.NewJSONLogger(w)
	}
	logger = log.With(logger, "ts", log.DefaultTimestampUTC)
	return level.NewFilter(logger, level.Allow(level.ParseDefault(f.logLevel, level.InfoValue())))
}

// slogger returns a logger for libraries that want log/slog. Which levels are
// written is decided by the one that it leads to.
func slogger(logger log.Logger) *slog.Logger {
	return slog.New(plain{sloggokit.NewGoKitHandler(logger, slog.LevelDebug)})
}

// plain leaves to the program's logger to tell the time, so that all lines have
// it under one key, and does not tell the line of a library's source.
type plain struct{ slog.Handler }

func (p plain) Handle(ctx context.Context, r slog.Record) error {
	r.Time, r.PC = time.Time{}, 0
	return p.Handler.Handle(ctx, r)
}

func (p plain) WithAttrs(attrs []slog.Attr) slog.Handler { return plain{p.Handler.WithAttrs(attrs)} }
func (p plain) WithGroup(name string) slog.Handler       { return plain{p.Handler.WithGroup(name)} }

// complaints are what net/http's server has to say; by itself it would write
// lines of another form between the program's. A handshake that fails is the
// client's affair.
type complaints struct{ slog.Handler }

func (c complaints) Handle(ctx context.Context, r slog.Record) error {
	if strings.HasPrefix(r.Message, "http: TLS handshake error ") {
		r.Level = slog.LevelDebug
	}
	return c.Handler.Handle(ctx, r)
}
