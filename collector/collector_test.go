package collector

import "testing"

// TestFor: a family without types belongs to Official Accounts, which an account
// without a type is.
func TestFor(t *testing.T) {
	for _, c := range []struct {
		types          []AccountType
		official, mini bool
	}{
		{nil, true, false},
		{[]AccountType{Mini}, false, true},
		{[]AccountType{Official, Mini}, true, true},
	} {
		f := Family{Types: c.types}
		if f.For("") != c.official || f.For(Official) != c.official || f.For(Mini) != c.mini {
			t.Errorf("%v: %v for no type, %v for official, %v for mini", c.types, f.For(""), f.For(Official), f.For(Mini))
		}
	}
}
