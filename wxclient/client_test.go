package wxclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wxexporter/wx_exporter/calendar/calendartest"
)

func TestAskSendsWhatWeChatDocuments(t *testing.T) {
	var method, path, query, kind, body string
	server := &wechat{tokens: []string{testToken}, answer: func(_ string, r *http.Request) (*http.Response, error) {
		b, err := io.ReadAll(r.Body)
		method, path, query, kind, body = r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Get("Content-Type"), string(b)
		return reply(200, `{"list":[]}`), err
	}}
	r := Request{API: "getusersummary", Begin: calendartest.Day(t, "2025-12-29"), End: calendartest.Day(t, "2026-01-04")}
	if _, err := client(server).Fetch(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	got := []string{method, path, query, kind, body}
	want := []string{"POST", "/datacube/getusersummary", "access_token=" + testToken, "application/json",
		`{"begin_date":"2025-12-29","end_date":"2026-01-04"}`}
	if !slices.Equal(got, want) {
		t.Errorf("request:\n got %q\nwant %q", got, want)
	}
}

func TestAskReadsAnswers(t *testing.T) {
	for _, c := range []struct {
		name, body string
		rows       string
		delayed    bool
		err        string // part of the message of an error with code invalid
	}{
		{name: "rows", body: `{"list":[{"a":1},{"b":2}]}`, rows: `[{"a":1},{"b":2}]`},
		{name: "empty", body: `{"list":[]}`, rows: `[]`},
		{name: "empty as PHP writes it", body: `{"errcode":0,"list":{ },"is_delay":true}`, rows: `[]`, delayed: true},
		{name: "null list", body: `{"list":null}`, rows: `null`},
		{name: "no list", body: `{}`, rows: `null`},
		{name: "errcode 0", body: `{"errcode":0,"errmsg":"ok"}`, rows: `null`},
		{name: "errcode 0 as text, with rows", body: `{"errcode":"0","list":[{}]}`, rows: `[{}]`},
		{name: "elements that are no rows", body: `{"list":[1,"x",null,[],{}]}`, rows: `[1,"x",null,[],{}]`},
		{name: "delayed", body: `{"list":[],"is_delay":true}`, rows: `[]`, delayed: true},
		{name: "delayed as text", body: `{"list":[],"is_delay":"true"}`, rows: `[]`, delayed: true},
		{name: "delayed as digit", body: `{"list":[],"is_delay":"1"}`, rows: `[]`, delayed: true},
		{name: "delayed as number", body: `{"list":[],"is_delay":1}`, rows: `[]`, delayed: true},
		{name: "not delayed", body: `{"list":[],"is_delay":false}`, rows: `[]`},
		{name: "not delayed as text", body: `{"list":[],"is_delay":"false"}`, rows: `[]`},
		{name: "not delayed as null", body: `{"list":[],"is_delay":null}`, rows: `[]`},
		{name: "byte order mark, white space", body: "\ufeff \r\n{\"list\":[\n{}\t]}\n", rows: `[{}]`},
		{name: "control characters in a title", body: "{\"list\":[{\"t\":\"a\x00b\nc\x1fd\"}]}", rows: `[{"t":"a b c d"}]`},
		{name: "invalid UTF-8 in a title", body: "{\"list\":[{\"t\":\"a\xffb\xe4\xb8\"}]}", rows: "[{\"t\":\"a\ufffdb\ufffd\"}]"},
		{name: "half an emoji", body: `{"list":[{"t":"\ud83d\ude00\ud83dx\ude00\\ud83d"}]}`, rows: `[{"t":"\ud83d\ude00\ufffdx\ufffd\\ud83d"}]`},
		{name: "edges of pairs", body: `{"list":[{"t":"\ud800 \ud83d\udfff \ud83d\ue000 \udc00\udc00 \ud7ff \ue000"}]}`, rows: `[{"t":"\ufffd \ud83d\udfff \ufffd\ue000 \ufffd\ufffd \ud7ff \ue000"}]`},
		{name: "escaped control characters", body: `{"list":[{"t":"a\u0000b\u001Fc\u0085\n\\u0000"}]}`, rows: `[{"t":"a\u0020b\u0020c\u0020\n\\u0000"}]`},
		{name: "ordinary escapes", body: `{"list":[{"t":"\u4e2d\u6587 A \u0026 B \u003cb\u003e \/"}]}`, rows: `[{"t":"\u4e2d\u6587 A \u0026 B \u003cb\u003e \/"}]`},
		{name: "other fields, skipped", body: `{"a":{"list":[1],"b":[[{"c":null}]]},"list":[{}],"z":[{},"}"]}`, rows: `[{}]`},
		{name: "large integers stay exact", body: `{"list":[{"n":9007199254740993}]}`, rows: `[{"n":9007199254740993}]`},

		{name: "nothing", body: "", err: "empty"},
		{name: "HTML", body: "<html>please log in</html>", err: "not JSON"},
		{name: "cut off", body: `{"list":[{"a":1},{"b"`, err: "not JSON, or cut off"},
		{name: "something behind it", body: `{"list":[]}{}`, err: "not JSON"},
		{name: "null", body: `null`, err: "not a JSON object"},
		{name: "array", body: `[{"a":1}]`, err: "not a JSON object"},
		{name: "text", body: `"ok"`, err: "not a JSON object"},
		{name: "list is an object", body: `{"list":{"a":1}}`, err: "list is not an array"},
		{name: "list is text", body: `{"list":"x"}`, err: "list is not an array"},
		{name: "list is a number", body: `{"list":0}`, err: "list is not an array"},
		{name: "list is an object beside more", body: `{"errcode":0,"list":{"a":{"b":[1]}},"is_delay":true}`, err: "list is not an array"},
		{name: "errcode is an object", body: `{"errcode":{},"list":[]}`, err: "errcode is not an integer"},
		{name: "errcode is a fraction", body: `{"errcode":1.5,"list":[]}`, err: "errcode is not an integer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := &wechat{tokens: []string{testToken}, answer: func(string, *http.Request) (*http.Response, error) {
				return reply(200, c.body), nil
			}}
			answer, err := client(server).Fetch(t.Context(), aRequest)
			if c.err != "" {
				e := wantError(t, err, "getusersummary", "invalid", Invalid)
				if !strings.Contains(e.Message, c.err) {
					t.Errorf("message = %q, want %q in it", e.Message, c.err)
				}
				if n := server.count("/datacube/getusersummary"); n != 1 {
					t.Errorf("%d calls, want 1: asking again at once does not help", n)
				}
				return
			}
			if err != nil || rows(answer) != c.rows || answer.Delayed != c.delayed {
				t.Errorf("answer = %s, delayed %v, %v; want %s, delayed %v", rows(answer), answer.Delayed, err, c.rows, c.delayed)
			}
		})
	}
}

func TestAskRetriesWhatPassesByItself(t *testing.T) {
	reset := errors.New("read tcp 192.0.2.1:1->192.0.2.2:443: connection reset by peer")
	for _, c := range []struct {
		name   string
		status int
		body   string
		err    error
		code   string
	}{
		{name: "busy", status: 200, body: `{"errcode":-1,"errmsg":"system error"}`, code: "-1"},
		{name: "busy, of the data APIs", status: 200, body: `{"errcode":61450}`, code: "61450"},
		{name: "bad gateway", status: 502, body: "<html>Bad Gateway</html>", code: "http_502"},
		{name: "connection reset", err: reset, code: "network"},
	} {
		for failures := 1; failures <= 3; failures++ {
			t.Run(fmt.Sprintf("%s, %d times", c.name, failures), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					left := failures
					var codes []string
					server := &wechat{tokens: []string{testToken}, answer: func(string, *http.Request) (*http.Response, error) {
						if left--; left < 0 {
							return reply(200, `{"list":[{}]}`), nil
						}
						if c.err != nil {
							return nil, c.err
						}
						return reply(c.status, c.body), nil
					}}
					since := start()
					answer, err := client(server, func(o *Options) {
						o.Observe = func(x Exchange) { codes = append(codes, x.API+" "+x.Code) }
					}).Fetch(t.Context(), aRequest)

					bad := "getusersummary " + c.code
					want := append([]string{"token 0"}, slices.Repeat([]string{bad}, failures)...)
					if failures < 3 {
						want = append(want, "getusersummary 0")
						if err != nil || rows(answer) != `[{}]` {
							t.Errorf("answer = %s, %v", rows(answer), err)
						}
					} else {
						wantError(t, err, "getusersummary", c.code, Retry)
					}
					if !slices.Equal(codes, want) {
						t.Errorf("exchanges = %q, want %q", codes, want)
					}
					// One pause of about 1 s, or that and one of about 2 s.
					low, high := 500*time.Millisecond, 1500*time.Millisecond
					if failures > 1 {
						low, high = 3*low, 3*high
					}
					if d := since(); d < low || d >= high {
						t.Errorf("took %v, want %v to %v", d, low, high)
					}
				})
			})
		}
	}
}

func TestAskDoesNotRetryWhatStays(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		code   string
		action Action
	}{
		{200, `{"errcode":45009,"errmsg":"reach max api daily quota limit"}`, "45009", Tomorrow},
		{200, `{"errcode":45011}`, "45011", Backoff},
		{200, `{"errcode":"47009"}`, "47009", Offline},
		{200, `{"errcode":61501,"list":{}}`, "61501", Rejected},
		{200, `{"errcode":123456,"errmsg":7}`, "123456", Invalid},
		{404, `{"list":[]}`, "http_404", Invalid},
		{407, "", "http_407", Invalid},
		{429, "", "http_429", Backoff},
		{204, "", "http_204", Invalid},
	} {
		t.Run(c.code, func(t *testing.T) {
			server := &wechat{tokens: []string{testToken}, answer: func(string, *http.Request) (*http.Response, error) {
				return reply(c.status, c.body), nil
			}}
			_, err := client(server).Fetch(t.Context(), aRequest)
			wantError(t, err, "getusersummary", c.code, c.action)
			if n := server.count("/datacube/getusersummary"); n != 1 {
				t.Errorf("%d calls, want 1", n)
			}
		})
	}
}

func TestAskEndsWithItsContext(t *testing.T) {
	busy := func(string, *http.Request) (*http.Response, error) { return reply(503, ""), nil }
	hangs := func(_ string, r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	for name, c := range map[string]struct {
		answer func(string, *http.Request) (*http.Response, error)
		after  time.Duration
	}{
		"in a backoff":        {busy, 100 * time.Millisecond},
		"in an exchange":      {hangs, 2 * time.Second},
		"before it has begun": {hangs, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), c.after)
				defer cancel()
				since := start()
				_, err := client(&wechat{tokens: []string{testToken}, answer: c.answer}).Fetch(ctx, aRequest)
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("error = %v, want the context's", err)
				}
				if _, ok := errors.AsType[*Error](err); ok {
					t.Errorf("error = %v: WeChat is blamed for the caller's deadline", err)
				}
				if d := since(); d != c.after {
					t.Errorf("ended after %v, want %v", d, c.after)
				}
			})
		})
	}
}

func TestLimitHoldsForEveryExchange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		since := start()
		server := &wechat{tokens: []string{testToken}, answer: func(string, *http.Request) (*http.Response, error) {
			return reply(200, `{}`), nil
		}}
		noted := transport(func(r *http.Request) (*http.Response, error) {
			at = append(at, since())
			return server.RoundTrip(r)
		})
		c := client(noted, func(o *Options) { o.RequestsPerSecond = 2 })
		for range 3 {
			if _, err := c.Fetch(t.Context(), aRequest); err != nil {
				t.Fatal(err)
			}
		}
		want := []time.Duration{0, 500 * time.Millisecond, time.Second, 1500 * time.Millisecond}
		if !slices.Equal(at, want) { // the token and three requests
			t.Errorf("exchanges at %v, want %v", at, want)
		}

		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := c.Fetch(ctx, aRequest); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error = %v, want a deadline: its turn comes too late", err)
		}
	})
}

func TestObserveTellsTheDuration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &wechat{tokens: []string{testToken}, answer: func(string, *http.Request) (*http.Response, error) {
			time.Sleep(3 * time.Second)
			return reply(200, `{}`), nil
		}}
		var seen []Exchange
		c := client(server, func(o *Options) { o.Observe = func(x Exchange) { seen = append(seen, x) } })
		if _, err := c.Fetch(t.Context(), aRequest); err != nil {
			t.Fatal(err)
		}
		if want := []Exchange{{API: "token", Code: "0"}, {API: "getusersummary", Code: "0", Duration: 3 * time.Second}}; !slices.Equal(seen, want) {
			t.Errorf("observed %v, want %v", seen, want)
		}
	})
}

func TestQuota(t *testing.T) {
	var body string
	answer := `{"errcode":0,"errmsg":"ok","quota":{"daily_limit":500,"used":12,"remain":488},"rate_limit":{"call_count":1}}`
	server := &wechat{tokens: []string{testToken}, answer: func(_ string, r *http.Request) (*http.Response, error) {
		b, err := io.ReadAll(r.Body)
		body = r.Method + " " + r.URL.Path + " " + string(b)
		return reply(200, answer), err
	}}
	c := client(server)
	if q, err := c.Quota(t.Context(), "getuserread"); err != nil || q != (Quota{Limit: 500, Used: 12}) {
		t.Errorf("quota = %+v, %v", q, err)
	}
	if want := `POST /cgi-bin/openapi/quota/get {"cgi_path":"/datacube/getuserread"}`; body != want {
		t.Errorf("request = %s, want %s", body, want)
	}
	for _, refusal := range []struct {
		answer, code string
		action       Action
	}{
		{`{"errcode":76021,"errmsg":"cgi_path not found"}`, "76021", Denied},
		{`{"errcode":76022,"errmsg":"no permission"}`, "76022", Denied},
		{`{"errcode":0}`, "invalid", Invalid},
		{`{"quota":{"daily_limit":"many","used":0}}`, "invalid", Invalid},
		{`{"quota":{"used":0}}`, "invalid", Invalid},
	} {
		answer = refusal.answer
		q, err := c.Quota(t.Context(), "getuserread")
		wantError(t, err, "quota", refusal.code, refusal.action)
		if q != (Quota{}) {
			t.Errorf("%s: quota = %+v beside an error", answer, q)
		}
	}
}
