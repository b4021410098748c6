package collector

type share struct {
	After *int64 `json:"after" name:"After|之后"`
	Users *int64 `json:"users" name:"Users|人数"`
}

type returned struct {
	RefDate string  `json:"ref_date"`
	New     []share `json:"new" name:"new|新用户"`
	All     struct {
		Came []share `json:"came" name:"came|来访"`
		New  []share `json:"new" name:"new|新用户"`
	} `json:"all"`
}

// ForeignAnswer is an API whose answer is a row, without a list, and grows on the days
// after it.
func ForeignAnswer() API {
	return API{
		Name: "getreturned", Title: Words{"Returned", "回访"}, Span: 1, Row: returned{}, Ask: Ask{Dates: Compact, Rows: TheAnswer}, Later: []int{1, 4}, Grown: "all.came.after",
		Groups: []Group{{Each: "all.came", Labels: []Label{code("after", "all.came.after")}, Gauges: []Gauge{
			{Name: "wx_returned_users", Help: "Users who came again.", Unit: "users", Field: "all.came.users", Adds: Nowhere},
		}}},
	}
}
