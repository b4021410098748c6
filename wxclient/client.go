// Package wxclient speaks with WeChat's data APIs over HTTP on behalf of one
// Official Account: requests and their rows, tokens, retries, rate limits and
// errors that say what to do. It knows nothing of Prometheus.
package wxclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/time/rate"
)

const maxAnswerBytes = 64 << 20

// Request asks one API for its rows of the days Begin to End, both inclusive.
type Request struct {
	API        string // the last element of the path, such as getusersummary
	Begin, End Day
}

// Answer is what WeChat returned to a Request.
type Answer struct {
	Rows    []json.RawMessage // as WeChat sent them and in its order; control characters and invalid UTF-8 replaced
	Delayed bool              // is_delay: the figures are not final yet
}

// Quota is the daily quota of one API for one account, in calls, from
// /cgi-bin/openapi/quota/get.
type Quota struct {
	Limit int64 // daily_limit
	Used  int64 // used
}

// Exchange is one finished HTTP exchange, as reported to Options.Observe.
type Exchange struct {
	API      string        // as in Error.API; quota for calls of Client.Quota
	Code     string        // as in Error.Code; 0 for success
	Duration time.Duration // from sending until the body was read
}

// Options describes a Client. Tokens is required.
type Options struct {
	URL               string            // scheme and host, such as https://api.weixin.qq.com
	Transport         http.RoundTripper // nil: http.DefaultTransport
	Timeout           time.Duration     // of one HTTP exchange, headers and body; 0: 15 s
	RequestsPerSecond float64           // of this client, token calls and retries included; 0: no limit
	Tokens            TokenSource
	Now               func() time.Time // nil: time.Now
	Observe           func(Exchange)   // called after every HTTP exchange of an API, also retries; may be nil
	OnToken           func(Token)      // called after every token that was fetched; may be nil
	OnRefreshFailed   func(*Error)     // called once for a token that could not be replaced before its expiry and is used on; may be nil
}

// Client asks WeChat on behalf of one account. It may be used concurrently.
type Client struct {
	endpoint Endpoint
	limit    *rate.Limiter
	tokens   *tokenCache
	observe  func(Exchange)
}

// New returns a Client. It makes no request.
func New(o Options) *Client {
	limit := rate.NewLimiter(rate.Inf, 1)
	if o.RequestsPerSecond > 0 {
		// A burst of one spaces the requests evenly.
		limit = rate.NewLimiter(rate.Limit(o.RequestsPerSecond), 1)
	}
	endpoint := Endpoint{URL: o.URL, Transport: o.Transport, Timeout: o.Timeout, Now: o.Now}
	return &Client{
		endpoint: endpoint,
		limit:    limit,
		tokens:   newTokenCache(o, limit, endpoint.now),
		observe:  o.Observe,
	}
}

// Ask makes a Request. The error is an *Error, or it wraps the error of ctx.
func (c *Client) Ask(ctx context.Context, r Request) (Answer, error) {
	body := marshal(struct {
		Begin string `json:"begin_date"`
		End   string `json:"end_date"`
	}{r.Begin.String(), r.End.String()})
	var answer Answer
	err := c.call(ctx, r.API, "/datacube/"+url.PathEscape(r.API), body, func(body []byte, redact redactor) (err error) {
		answer, err = parseAnswer(r.API, body, redact)
		return err
	})
	return answer, err
}

// Quota asks how much of the daily quota of an API is spent. The error is an
// *Error whose API is quota or token, or it wraps the error of ctx. WeChat does
// not tell every quota to everyone; then the Error's Action is Denied.
func (c *Client) Quota(ctx context.Context, api string) (Quota, error) {
	body := marshal(struct {
		Path string `json:"cgi_path"`
	}{"/datacube/" + api})
	var quota Quota
	err := c.call(ctx, apiQuota, "/cgi-bin/openapi/quota/get", body, func(body []byte, redact redactor) (err error) {
		quota, err = parseQuota(body, redact)
		return err
	})
	return quota, err
}

// Forgive has the next call fetch a token although fetching one has just
// failed, because a person may have mended what was wrong. It waits for a fetch
// that is under way.
func (c *Client) Forgive() { c.tokens.forgive() }

// parser reads the body of an HTTP 200 answer. Its error is an *Error.
type parser func(body []byte, redact redactor) error

// call makes one call: with the token at hand and, when WeChat rejects that
// one, once more with another.
func (c *Client) call(ctx context.Context, api, path string, body []byte, parse parser) error {
	token, err := c.tokens.get(ctx, "")
	if err != nil {
		return err
	}
	err = c.callWith(ctx, token, api, path, body, parse)
	if !rejectsToken(err) {
		return err
	}
	next, err := c.tokens.get(ctx, token.Value)
	if err != nil {
		return err
	}
	err = c.callWith(ctx, next, api, path, body, parse)
	if e, ok := errors.AsType[*Error](err); ok && rejectsToken(err) {
		return e.rejectedTwice(next.Value == token.Value)
	}
	return err
}

// callWith makes one call with a given token, with retries.
func (c *Client) callWith(ctx context.Context, token Token, api, path string, body []byte, parse parser) error {
	x := exchange{
		api:    api,
		method: http.MethodPost,
		url:    c.endpoint.path(path, url.Values{"access_token": {token.Value}}),
		body:   body,
		max:    maxAnswerBytes,
		redact: redactor{token.Value},
	}
	return retry(ctx, c.limit, maxAttempts, func() error {
		start := c.endpoint.now()
		answer, err := c.endpoint.do(ctx, x)
		took := c.endpoint.now().Sub(start)
		if err == nil {
			err = parse(answer, x.redact)
		}
		c.report(api, took, err)
		return err
	})
}

func (c *Client) report(api string, took time.Duration, err error) {
	if c.observe == nil {
		return
	}
	code := "0"
	if e, ok := errors.AsType[*Error](err); ok {
		code = e.Code
	} else if err != nil {
		return // ctx ended: there was no answer that could be counted
	}
	c.observe(Exchange{API: api, Code: code, Duration: max(took, 0)})
}

// marshal encodes one of this package's own request bodies, which consist of
// strings and bools. Unlike json.Marshal it leaves <, > and & as they are.
func marshal(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // unreachable for structs of strings
	}
	return bytes.TrimSpace(b.Bytes())
}
