package app

import (
	"errors"
	"net/url"
	"strconv"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/common/model"
)

// inward is what the command line says about those who ask the exporter.
type inward struct {
	externalURL    *url.URL // nil when it is not given
	maxRequests    int
	maxConnections int
	readTimeout    time.Duration
	noRuntime      bool // without the metrics of Go and of the process
}

// inwardFlags adds the flags.
func inwardFlags(app *kingpin.Application, in *inward) {
	app.Flag("web.external-url", "Address under which people reach the exporter, where a proxy adds a path: links and /sd begin with it.").SetValue(&checked[*url.URL]{to: &in.externalURL, parse: externalURL})
	app.Flag("web.max-requests", "Pages that are made and sent at the same time; who asks meanwhile gets 503.").Default("40").SetValue(&checked[int]{to: &in.maxRequests, parse: number})
	app.Flag("web.max-connections", "Open connections at the same time, or the limit of open files less 64, where that is lower.").Default("512").SetValue(&checked[int]{to: &in.maxConnections, parse: number})
	app.Flag("web.read-timeout", "How long a request may take to arrive, and a connection may idle. A header has 10s at most.").Default("5m").SetValue(&checked[time.Duration]{to: &in.readTimeout, parse: pause})
	app.Flag("web.disable-exporter-metrics", "Leave out the metrics of the process and of Go: process_, go_ and promhttp_.").BoolVar(&in.noRuntime)
}

// checked is the value of a flag that parse understands. It implements
// kingpin.Value.
type checked[T any] struct {
	to    *T
	parse func(string) (T, error)
	text  string
}

// Set reads the value.
func (c *checked[T]) Set(text string) (err error) {
	*c.to, err = c.parse(text)
	c.text = text
	return err
}

// String returns it as it was written.
func (c *checked[T]) String() string { return c.text }

// number reads how many of something there may be.
func number(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, errors.New(strconv.Quote(text) + " is no number from 1 on")
	}
	return n, nil
}

// pause reads how long something may take.
func pause(text string) (time.Duration, error) {
	d, err := model.ParseDuration(text)
	if err != nil || d == 0 {
		return 0, errors.New(strconv.Quote(text) + ` is no time above 0, such as "5m"`)
	}
	return time.Duration(d), nil
}

// externalURL reads an address to which paths are added. A password in it would be
// on every page.
func externalURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, errors.New(`want http:// or https://, a host and perhaps a path, without a user, such as "https://ops.example/wechat/"`)
	}
	return u, nil
}
