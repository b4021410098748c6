package app

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

// slogger returns a logger for libraries that use log/slog. The level is filtered
// by the logger below.
func slogger(logger log.Logger) *slog.Logger {
	return slog.New(noTime{sloggokit.NewGoKitHandler(logger, slog.LevelDebug)})
}

// noTime drops the time, which the logger below adds under its own key, and the
// line of a library's source.
type noTime struct{ slog.Handler }

func (p noTime) Handle(ctx context.Context, r slog.Record) error {
	r.Time, r.PC = time.Time{}, 0
	return p.Handler.Handle(ctx, r)
}

func (p noTime) WithAttrs(attrs []slog.Attr) slog.Handler { return noTime{p.Handler.WithAttrs(attrs)} }
func (p noTime) WithGroup(name string) slog.Handler       { return noTime{p.Handler.WithGroup(name)} }

// serverErrors logs the errors of net/http's server in the program's format. Failed
// TLS handshakes are the client's fault and go to debug.
type serverErrors struct{ slog.Handler }

func (c serverErrors) Handle(ctx context.Context, r slog.Record) error {
	if strings.HasPrefix(r.Message, "http: TLS handshake error ") {
		r.Level = slog.LevelDebug
	}
	return c.Handler.Handle(ctx, r)
}

// quoteless passes on what the web toolkit says of its configuration, which it reads
// again and again, without the values that it quotes.
type quoteless struct{ slog.Handler }

func (q quoteless) Handle(ctx context.Context, r slog.Record) error {
	own := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "err" {
			a.Value = slog.StringValue(webWords(strings.Join(strings.Fields(a.Value.String()), " ")))
		}
		own.AddAttrs(a)
		return true
	})
	return q.Handler.Handle(ctx, own)
}

func (q quoteless) WithAttrs(attrs []slog.Attr) slog.Handler {
	return quoteless{q.Handler.WithAttrs(attrs)}
}
func (q quoteless) WithGroup(name string) slog.Handler { return quoteless{q.Handler.WithGroup(name)} }
