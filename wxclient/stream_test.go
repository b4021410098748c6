package wxclient

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// parseAnswer is readAnswer of what was read already.
func parseAnswer(api string, body []byte, redact redactor) (Answer, error) {
	return readAnswer(api, "", bytes.NewReader(body), redact)
}

// repeat writes an answer with n rows, without holding it.
func repeat(to io.Writer, row string, n int) {
	io.WriteString(to, `{"list":[`+row)
	many := strings.Repeat(","+row, 1000)
	for n--; n >= 1000; n -= 1000 {
		io.WriteString(to, many)
	}
	io.WriteString(to, many[:n*(len(row)+1)]+`]}`)
}

func zipped(write func(io.Writer)) []byte {
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	write(zip)
	zip.Close()
	return b.Bytes()
}

// fetchFrom makes a request of a server on loopback, as the program does: without
// transparent unpacking, which Prometheus' HTTP client configuration switches off.
func fetchFrom(t *testing.T, serve http.HandlerFunc) (Answer, error) {
	t.Helper()
	server := httptest.NewServer(serve)
	defer server.Close()
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	return New(Options{URL: server.URL, Transport: transport, Tokens: fixed(testToken), Timeout: time.Hour}).Fetch(t.Context(), aRequest)
}

// TestPackedAnswers: gzip is asked for and read, whether it was asked for or not.
func TestPackedAnswers(t *testing.T) {
	var asked string
	for _, c := range []struct{ name, encoding, body, rows, err string }{
		{"gzip", "gzip", string(zipped(func(w io.Writer) { repeat(w, `{"a":1}`, 2) })), `[{"a":1},{"a":1}]`, ""},
		{"an old name", "X-GZIP", string(zipped(func(w io.Writer) { repeat(w, `{}`, 1) })), `[{}]`, ""},
		{"not packed", "identity", `{"list":[{}]}`, `[{}]`, ""},
		{"no gzip", "gzip", `{"list":[{}]}`, "", "not the gzip"},
		{"nothing", "gzip", "", "", "empty"},
	} {
		answer, err := fetchFrom(t, func(w http.ResponseWriter, r *http.Request) {
			asked = r.Header.Get("Accept-Encoding")
			w.Header().Set("Content-Encoding", c.encoding)
			io.WriteString(w, c.body)
		})
		if asked != "gzip" {
			t.Errorf("%s: asked for %q", c.name, asked)
		}
		if c.err == "" && (err != nil || rows(answer) != c.rows) {
			t.Errorf("%s: %s, %v; want %s", c.name, rows(answer), err, c.rows)
		}
		if c.err != "" {
			if e := wantError(t, err, "getusersummary", "invalid", Invalid); !strings.Contains(e.Message, c.err) {
				t.Errorf("%s: message = %q", c.name, e.Message)
			}
		}
	}
}

// TestPackedAnswersAreBounded: a small answer that unpacks to more than is accepted
// is no answer.
func TestPackedAnswersAreBounded(t *testing.T) {
	bomb := zipped(func(w io.Writer) {
		io.WriteString(w, `{"list":[],"x":"`)
		many := strings.Repeat("0", 1<<20)
		for range 65 {
			io.WriteString(w, many)
		}
		io.WriteString(w, `"}`)
	})
	_, err := fetchFrom(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(bomb)
	})
	if e := wantError(t, err, "getusersummary", "invalid", Invalid); !strings.Contains(e.Message, "64 MiB") {
		t.Errorf("message = %q", e.Message)
	}
}

// TestRowsAreBounded: one row more than an answer may have, and there is none.
func TestRowsAreBounded(t *testing.T) {
	for n, ok := range map[int]bool{200_000: true, 200_001: false} {
		answer, err := fetchFrom(t, func(w http.ResponseWriter, _ *http.Request) { repeat(w, `{}`, n) })
		if ok && (err != nil || len(answer.Rows) != n) {
			t.Errorf("%d rows of %d, %v", len(answer.Rows), n, err)
		}
		if !ok {
			if e := wantError(t, err, "getusersummary", "invalid", Invalid); !strings.Contains(e.Message, "more than 200000 rows") || answer.Rows != nil {
				t.Errorf("message = %q, %d rows", e.Message, len(answer.Rows))
			}
		}
	}
}

// TestWhatIsSkippedIsBounded: neither does what nobody wants keep the exporter busy.
func TestWhatIsSkippedIsBounded(t *testing.T) {
	for n, ok := range map[int]bool{999_999: true, 1_000_000: false} { // and the list around them
		_, err := parseAnswer("getuserread", []byte(`{"x":[0`+strings.Repeat(",0", n-1)+`],"list":[]}`), nil)
		if (err == nil) != ok {
			t.Errorf("%d values: %v", n, err)
		}
	}
}

// TestMemoryOfAnswers: an answer takes memory for what is kept of it.
func TestMemoryOfAnswers(t *testing.T) {
	const size = 64<<20 - 1000
	for name, c := range map[string]struct {
		row  string
		most uint64 // bytes allocated, all in all
	}{
		"as many rows as fit": {`{}`, size}, // less than the answer itself
		"rows that are kept":  {`{"t":"` + strings.Repeat("x", 1000) + `"}`, 3 * size},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			answer, err := fetchFrom(t, func(w http.ResponseWriter, _ *http.Request) { repeat(w, c.row, size/(len(c.row)+1)) })
			runtime.ReadMemStats(&after)
			t.Logf("%d rows, %v: %d MB allocated", len(answer.Rows), err, (after.TotalAlloc-before.TotalAlloc)>>20)
			if used := after.TotalAlloc - before.TotalAlloc; used > c.most {
				t.Errorf("%d bytes for an answer of %d, want %d at most", used, size, c.most)
			}
		})
	}
}

// TestReadingIsInterrupted: whoever ends does not wait until a large answer is read.
func TestReadingIsInterrupted(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	row, given := `{"t":"`+strings.Repeat("x", 1000)+`"},`, 0
	body := iotest.DataErrReader(io.MultiReader(strings.NewReader(`{"list":[`), readerFunc(func(p []byte) (int, error) {
		if given += copy(p, row[given%len(row):]); given > 1<<20 {
			end()
		}
		return copy(p, row[(given-copy(p, row))%len(row):]), nil
	})))
	server := transport(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: io.NopCloser(body)}, nil
	})
	c := New(Options{URL: "https://wechat.test", Transport: server, Tokens: fixed(testToken), Timeout: time.Hour})
	if _, err := c.Fetch(ctx, aRequest); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
	if given > 2<<20 {
		t.Errorf("%d bytes were read", given)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// TestScrubbingInPieces: wherever an answer comes apart, it reads the same.
func TestScrubbingInPieces(t *testing.T) {
	body := []byte("\ufeff" + `{"t":"\u4e2d\u0026\ud83d\ude00\ud83dx\ude00\\ud83d\u0000\n` + "中文\xe4\xb8\xe4\xb8\xad\xff\x00\x1f😀\xf0\x9f" + `\u12` + `"}`)
	want := "{\"t\":\"\\u4e2d\\u0026\\ud83d\\ude00\\ufffdx\\ufffd\\\\ud83d\\u0020\\n中文\ufffd中\ufffd  😀\ufffd\\u12\"}"
	for n := 1; n <= len(body)+1; n++ {
		var reader io.Reader = &scrubber{from: readerFunc(pieces(body, n))}
		if got, err := io.ReadAll(reader); err != nil || string(got) != want {
			t.Fatalf("pieces of %d: %v\n got %q\nwant %q", n, err, got, want)
		}
	}
	broken := errors.New("broken")
	got, err := io.ReadAll(&scrubber{from: io.MultiReader(strings.NewReader(`{"list"`), iotest.ErrReader(broken))})
	if string(got) != `{"list"` || !errors.Is(err, broken) {
		t.Errorf("%q, %v", got, err)
	}
}

// pieces reads a text, n bytes at a time.
func pieces(text []byte, n int) func([]byte) (int, error) {
	return func(p []byte) (int, error) {
		if len(text) == 0 {
			return 0, io.EOF
		}
		m := copy(p, text[:min(n, len(text))])
		text = text[m:]
		return m, nil
	}
}

// TestSkippedDepth: what nobody wants may be nested as deep as what is read.
func TestSkippedDepth(t *testing.T) {
	for depth, ok := range map[int]bool{9_999: true, 10_002: false, 1_000_000: false} {
		for _, name := range []string{"x", "list"} {
			deep := strings.Repeat("[", depth) + strings.Repeat("]", depth)
			_, err := parseAnswer("getuserread", fmt.Appendf(nil, `{%q:%s}`, name, deep), nil)
			if (err == nil) != ok {
				t.Errorf("%s, %d deep: %v", name, depth, err)
			}
		}
	}
}
