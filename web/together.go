package web

import (
	"net/http"
	"strconv"

	"golang.org/x/sync/singleflight"
)

// answer is a page as it is sent.
type answer struct {
	code        int
	contentType string
	body        []byte
}

// said is an answer in words.
func said(code int, text string) answer {
	return answer{code, "text/plain; charset=utf-8", []byte(text + "\n")}
}

// together serves what is made of a request, once for all who ask for the same at
// the same time: they share its memory, and the work. key tells what is the same.
func together(key func(*http.Request) string, answerTo func(*http.Request) answer) http.Handler {
	var making singleflight.Group
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, _, _ := making.Do(key(r), func() (any, error) { return answerTo(r), nil })
		a := v.(answer)
		w.Header().Set("Content-Type", a.contentType)
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
		w.WriteHeader(a.code)
		_, _ = w.Write(a.body)
	})
}
