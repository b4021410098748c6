package web_test

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/web"
)

// document is a parsed page.
type document struct{ *html.Node }

// show returns the status page about accounts.
func show(t *testing.T, query string, accounts ...poll.Status) document {
	t.Helper()
	w := ask(web.Handler(options(accounts...)), "GET", "/status"+query)
	if w.Code != 200 {
		t.Fatalf("/status%s answers %d: %s", query, w.Code, w.Body)
	}
	n, err := html.Parse(strings.NewReader(w.Body.String()))
	if err != nil {
		t.Fatal(err)
	}
	return document{n}
}

// all returns the elements below that have a tag, or any if it is empty.
func (d document) all(tag string) (found []document) {
	for n := range d.Descendants() {
		if n.Type == html.ElementNode && (tag == "" || n.Data == tag) {
			found = append(found, document{n})
		}
	}
	return found
}

// attr returns an attribute, empty if there is none.
func (d document) attr(name string) string {
	for _, a := range d.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func (d document) hasClass(class string) bool {
	for c := range strings.FieldsSeq(d.attr("class")) {
		if c == class {
			return true
		}
	}
	return false
}

// classed returns the elements below of a class.
func (d document) classed(class string) (found []document) {
	for _, e := range d.all("") {
		if e.hasClass(class) {
			found = append(found, e)
		}
	}
	return found
}

// endsLine holds the elements after which a new line begins.
var endsLine = map[string]bool{
	"title": true, "p": true, "h1": true, "h2": true, "li": true, "tr": true, "dd": true, "summary": true, "nav": true, "footer": true,
}

// text is what a reader reads, cells apart by |.
func (d document) text() string {
	var b strings.Builder
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
			return
		}
		switch n.Data {
		case "style":
			return
		case "b", "i", "dd":
			b.WriteString(" ")
		}
		for c := range n.ChildNodes() {
			walk(c)
		}
		switch {
		case n.Data == "td" || n.Data == "th":
			b.WriteString(" | ")
		case n.Data == "b":
			b.WriteString(" ")
		case endsLine[n.Data]:
			b.WriteString("\x00")
		}
	}
	walk(d.Node)
	var lines []string
	for line := range strings.SplitSeq(b.String(), "\x00") {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// overview returns the text of the cells of the overview, by account and API,
// and the accounts in their order.
func (d document) overview(t *testing.T) (cells map[string]map[string]string, order []string) {
	t.Helper()
	tables := d.classed("overview")
	if len(tables) != 1 {
		t.Fatalf("%d overviews", len(tables))
	}
	rows := tables[0].all("tr")
	var apis []string
	for _, th := range rows[1].all("th")[1:] {
		apis = append(apis, strings.TrimSuffix(th.text(), " |\n"))
	}
	cells = map[string]map[string]string{}
	for _, tr := range rows[2:] {
		account := strings.TrimSpace(tr.all("a")[0].text())
		order = append(order, account)
		cells[account] = map[string]string{}
		tds := tr.all("td")
		if len(tds) != len(apis) {
			t.Fatalf("%s has %d cells under %d headings", account, len(tds), len(apis))
		}
		for i, td := range tds {
			cells[account][apis[i]] = strings.TrimSuffix(td.text(), " |\n")
		}
	}
	return cells, order
}
