package wxtest

import (
	"fmt"
	"net/http"
	"strconv"
)

// reply is an HTTP answer before it is sent.
type reply struct {
	status      int
	code        int // errcode, 0 = none
	contentType string
	body        []byte
}

const (
	typeJSON = "application/json; encoding=utf-8"
	typeHTML = "text/html; charset=UTF-8"
)

func jsonReply(body []byte) reply {
	return reply{status: http.StatusOK, contentType: typeJSON, body: body}
}

func htmlReply(status int) reply {
	title := fmt.Sprintf("%d %s", status, http.StatusText(status))
	page := "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title + "</h1></center>\r\n</body>\r\n</html>\r\n"
	return reply{status: status, contentType: typeHTML, body: []byte(page)}
}

func notFound(*WeChat, *exchange) reply { return htmlReply(http.StatusNotFound) }

// fail is how WeChat reports an error: HTTP 200, a code, and a message that
// differs every time.
func (w *WeChat) fail(code int, message string) reply {
	w.mu.Lock()
	w.replies++
	n := w.replies
	w.mu.Unlock()
	rid := fmt.Sprintf("%08x-%08x-%08x", uint32(w.options.Now().Unix()), uint32(n*0x9e3779b9), uint32(n))
	b := append([]byte(`{"errcode":`), strconv.Itoa(code)...)
	b = append(b, `,"errmsg":`...)
	b = appendString(b, message+" rid: "+rid)
	rep := jsonReply(append(b, '}'))
	rep.code = code
	return rep
}

func (rep reply) send(rw http.ResponseWriter) {
	rep.header(rw)
	rw.Write(rep.body)
}

func (rep reply) header(rw http.ResponseWriter) {
	rw.Header().Set("Content-Type", rep.contentType)
	rw.Header().Set("Content-Length", strconv.Itoa(len(rep.body)))
	rw.WriteHeader(rep.status)
}
