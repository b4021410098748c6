package texts

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

var (
	said = regexp.MustCompile(`\b(?:t|count [^"{}]*?|say) "((?:[^"\\]|\\.)*)"`)
	verb = regexp.MustCompile(`%[a-z]`)
)

// TestCatalog: every text is there in both languages, with the same arguments.
func TestCatalog(t *testing.T) {
	for english, chinese := range chinese {
		if english == "" || !slices.ContainsFunc([]rune(chinese), func(r rune) bool { return r > unicode.MaxLatin1 }) {
			t.Errorf("%q in Chinese is %q", english, chinese)
		}
		if a, b := verb.FindAllString(english, -1), verb.FindAllString(chinese, -1); !slices.Equal(a, b) {
			t.Errorf("%q has the arguments %v, in Chinese %v", english, a, b)
		}
	}
}

// TestNothingUnsaid: what templates and the program say is in the catalog.
func TestNothingUnsaid(t *testing.T) {
	found := 0
	for name, text := range sources(t, "..", ".html", ".svg") {
		for _, m := range said.FindAllStringSubmatch(text, -1) {
			found++
			if _, ok := chinese[m[1]]; !ok {
				t.Errorf("%s says %q, which the catalog lacks", name, m[1])
			}
		}
	}
	for name, text := range sources(t, "..", ".go") {
		for _, s := range literals(t, name, text, func(n ast.Node) []ast.Expr {
			if call, ok := n.(*ast.CallExpr); ok {
				if f, ok := call.Fun.(*ast.SelectorExpr); ok && (f.Sel.Name == "Say" || f.Sel.Name == "Count") {
					return call.Args
				}
				if f, ok := call.Fun.(*ast.Ident); ok && f.Name == "wrong" {
					return call.Args
				}
			}
			return nil
		}) {
			found++
			if _, ok := chinese[s]; !ok {
				t.Errorf("%s says %q, which the catalog lacks", name, s)
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d texts were found", found)
	}
}

// TestAdvice: all advice that errors carry can be had in Chinese.
func TestAdvice(t *testing.T) {
	found := 0
	for _, dir := range []string{"../../wxclient", "../../poll", "../../plan", "../../fleet", "../../app"} {
		for name, text := range sources(t, dir, ".go") {
			for _, s := range literals(t, name, text, adviceOf) {
				found++
				if l := Chinese.Advice(strings.ReplaceAll(s, "{ip}", "192.0.2.1 and 192.0.2.2")); s != "" && (l == s || strings.Contains(l, " and ")) {
					t.Errorf("%s advises %q, which the catalog lacks", name, s)
				}
			}
		}
	}
	if found < 25 {
		t.Errorf("only %d pieces of advice were found", found)
	}
	if got, want := Chinese.Advice("Ask the account's administrator to confirm calls from 192.0.2.1 and 2001:db8::1 in WeChat, or add it to the IP allow-list."),
		"请公众号管理员在微信中确认来自 192.0.2.1、2001:db8::1 的调用，或将其加入 IP 白名单。"; got != want {
		t.Errorf("advice with addresses is %q", got)
	}
}

// adviceOf returns the advice that is written down in a piece of the program: long
// constants of the table of codes, and values of fields and names called so.
func adviceOf(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.KeyValueExpr:
		if k, ok := n.Key.(*ast.Ident); ok && strings.EqualFold(k.Name, "advice") {
			return []ast.Expr{n.Value}
		}
	case *ast.CompositeLit: // rule{action, advice}, whose type the map's literal leaves out
		if len(n.Elts) == 2 {
			if k, ok := n.Elts[0].(*ast.Ident); ok && ast.IsExported(k.Name) {
				return n.Elts[1:]
			}
		}
	case *ast.AssignStmt:
		if s, ok := n.Lhs[0].(*ast.SelectorExpr); ok && s.Sel.Name == "Advice" {
			return n.Rhs
		}
	case *ast.ValueSpec:
		name := n.Names[0].Name
		if name == "advice" || len(n.Values) == 1 && strings.HasSuffix(text(n.Values[0]), ".") && !strings.HasSuffix(name, "Help") {
			return n.Values
		}
	case *ast.ReturnStmt:
		for _, r := range n.Results {
			if call, ok := r.(*ast.CallExpr); ok {
				if f, ok := call.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Or" {
					return call.Args
				}
			}
		}
	}
	return nil
}

// text is the value of a literal text.
func text(e ast.Expr) string {
	if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		s, _ := strconv.Unquote(lit.Value)
		return s
	}
	return ""
}

// literals returns the literal texts among the expressions that of picks.
func literals(t *testing.T, name, source string, of func(ast.Node) []ast.Expr) (all []string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), name, source, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		for _, e := range of(n) {
			if s := text(e); s != "" {
				all = append(all, s)
			}
		}
		return true
	})
	return all
}

// sources are the files below a directory, tests and simulations aside.
func sources(t *testing.T, dir string, endings ...string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "wxtest") || !slices.Contains(endings, filepath.Ext(path)) {
			return err
		}
		content, err := os.ReadFile(path)
		all[path] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestOf: the parameter, then what was remembered, then what the browser prefers.
func TestOf(t *testing.T) {
	for _, c := range []struct {
		query, cookie, accept string
		want                  Language
	}{
		{"", "", "", English},
		{"", "", "fr", English},
		{"", "", "zh-CN,zh;q=0.9,en;q=0.8", Chinese},
		{"", "", "zh-TW", Chinese},
		{"", "", "en-US,zh;q=0.5", English},
		{"", "", "fr,zh;q=0.5", Chinese},
		{"", "zh", "en", Chinese},
		{"", "<script>", "zh", Chinese},
		{"?lang=en", "zh", "zh", English},
		{"?lang=zh", "", "en", Chinese},
		{"?lang=xx", "", "en", English},
	} {
		r := httptest.NewRequest("GET", "/"+c.query, nil)
		r.Header.Set("Accept-Language", c.accept)
		if c.cookie != "" {
			r.AddCookie(&http.Cookie{Name: cookie, Value: c.cookie})
		}
		if got := Of(r); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
		w := httptest.NewRecorder()
		Remember(http.NotFoundHandler()).ServeHTTP(w, r)
		if got, want := w.Header().Get("Set-Cookie"), strings.HasSuffix(c.query, "=en") || strings.HasSuffix(c.query, "=zh"); (got != "") != want {
			t.Errorf("%+v sets the cookie %q", c, got)
		}
		if got := w.Header().Get("Content-Language"); got != c.want.Tag() {
			t.Errorf("%+v: Content-Language is %q", c, got)
		}
	}
}
