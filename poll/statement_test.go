package poll

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// statement is a line of testdata/metrics.txt: what a metric is, said a second
// time and in another way than the families' tables do.
type statement struct {
	metric, api, value string
	labels             [][2]string // name, and where a row has the value
}

// repeated is what R, S and F stand for: in the metric's name, and in the row.
var repeated = map[string][][2]string{
	"R": {
		{"int_page_users", "int_page_read_user"}, {"int_page_reads", "int_page_read_count"},
		{"ori_page_users", "ori_page_read_user"}, {"ori_page_reads", "ori_page_read_count"},
		{"share_users", "share_user"}, {"shares", "share_count"},
		{"fav_users", "add_to_fav_user"}, {"favs", "add_to_fav_count"},
	},
	"S": same("session", "hist_msg", "feed", "friends", "other", "kanyikan", "souyisou"),
	"F": same("session", "feed", "other"),
}

func same(words ...string) (pairs [][2]string) {
	for _, w := range words {
		pairs = append(pairs, [2]string{w, w})
	}
	return pairs
}

// statements reads testdata/metrics.txt.
func statements(t testing.TB) (all []statement) {
	t.Helper()
	text, err := os.ReadFile("../collector/testdata/metrics.txt")
	if err != nil {
		t.Fatal(err)
	}
	several := regexp.MustCompile(`\b[RSF]\b|_([RSF])_|_([RF])\b`)
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		pairs := [][2]string{{"", ""}}
		letter := strings.Trim(several.FindString(line), "_")
		if letter != "" {
			pairs = repeated[letter]
		}
		for _, p := range pairs {
			all = append(all, readStatement(t, line, letter, p))
		}
	}
	return all
}

func readStatement(t testing.TB, line, letter string, p [2]string) statement {
	fields := strings.Fields(line)
	if len(fields) < 3 {
		t.Fatalf("metrics.txt: %q", line)
	}
	put := func(s, word string) string {
		if letter == "" {
			return s
		}
		return regexp.MustCompile(`(^|[_."])`+letter+`($|[_"])`).ReplaceAllString(s, "${1}"+word+"${2}")
	}
	s := statement{metric: put(fields[0], p[0]), api: fields[1], value: put(fields[2], p[1])}
	for _, f := range fields[3:] {
		name, path, ok := strings.Cut(f, "=")
		if !ok {
			t.Fatalf("metrics.txt: %q", line)
		}
		s.labels = append(s.labels, [2]string{name, put(path, p[1])})
	}
	return s
}

// told is a series that a statement finds in a row.
type told struct {
	metric string
	labels map[string]string
	value  float64
}

func (s told) String() string { return s.key() + " " + strconv.FormatFloat(s.value, 'g', -1, 64) }

// key writes name and labels as the exposition does, without those that are
// empty, which are none.
func (s told) key() string {
	var parts []string
	for name, v := range s.labels {
		if v != "" {
			parts = append(parts, name+"="+strconv.Quote(v))
		}
	}
	slices.Sort(parts)
	return s.metric + "{" + strings.Join(parts, ",") + "}"
}

// scope is where paths are looked up: the row, and one element of each list
// that the statement goes through, by the list's path.
type scope map[string]any

// readRow returns the scope of a row, its numbers as they are written.
func readRow(t testing.TB, raw json.RawMessage) scope {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var row any
	if err := decoder.Decode(&row); err != nil {
		t.Fatal(err)
	}
	return scope{"": row}
}

// series returns what the statement says about a row.
func (s statement) series(t testing.TB, account string, row scope) (all []told) {
	t.Helper()
	for _, in := range row.elements(s.value) {
		value, ok := in.number(t, s.value)
		if !ok {
			continue
		}
		labels := map[string]string{"account": account, "date": in.text("ref_date")}
		for _, l := range s.labels {
			labels[l[0]] = in.label(l[0], l[1])
		}
		all = append(all, told{s.metric, labels, value})
	}
	return all
}

// elements returns a scope for every element of the lists that a path goes
// through.
func (in scope) elements(path string) []scope {
	scopes := []scope{in}
	for i := strings.Index(path, "[]"); i >= 0; {
		var deeper []scope
		list := path[:i+2]
		for _, outer := range scopes {
			elements, _ := outer.find(list[:i]).([]any)
			for _, e := range elements {
				inner := scope{list: e}
				for k, v := range outer {
					inner[k] = v
				}
				deeper = append(deeper, inner)
			}
		}
		scopes = deeper
		next := strings.Index(path[i+2:], "[]")
		if next < 0 {
			break
		}
		i += 2 + next
	}
	return scopes
}

// find looks up a path; nil when the row does not have it.
func (in scope) find(path string) any {
	from := in[""]
	if i := strings.LastIndex(path, "[]."); i >= 0 {
		from, path = in[path[:i+2]], path[i+3:]
	}
	for name := range strings.SplitSeq(path, ".") {
		object, _ := from.(map[string]any)
		from = object[name]
	}
	return from
}

// text is what is found at a path, as text; "" for nothing.
func (in scope) text(path string) string {
	found := in.find(path)
	if found == nil {
		return ""
	}
	return fmt.Sprint(found)
}

func (in scope) number(t testing.TB, path string) (float64, bool) {
	if path == "1" {
		return 1, true
	}
	if a, b, ok := strings.Cut(path, "/"); ok {
		x, okX := in.number(t, a)
		y, okY := in.number(t, b)
		return x / y, okX && okY && y != 0
	}
	path, factor, times := strings.Cut(path, "×")
	text := in.text(path)
	if text == "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if times {
		f, _ := strconv.ParseFloat(factor, 64)
		v *= f
	}
	return v, true
}

// scenes are the stable words for what the publish family calls scenes.
var scenes = map[string]string{
	"全部": "all", "公众号消息": "message", "聊天会话": "chat", "朋友圈": "moments",
	"公众号主页": "home", "推荐": "recommend", "搜一搜": "search", "其他": "other",
}

// label is the value of a label: what the row has, in the words of the contract.
func (in scope) label(name, path string) string {
	if fixed, err := strconv.Unquote(path); err == nil {
		return fixed
	}
	v := ""
	if path != "" {
		v = in.text(path)
	}
	switch {
	case name == "source" && (v == "" || v == "99999999"):
		return "all"
	case name == "hour":
		return fmt.Sprintf("%04s", v)[:2]
	case name == "scene" && strings.HasSuffix(path, "scene_desc"):
		if word, known := scenes[v]; known {
			return word
		}
	}
	return v
}
