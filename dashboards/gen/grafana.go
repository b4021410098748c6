package main

// The part of Grafana's dashboard model that the dashboards use, as of schema
// version 38 (Grafana 10.2) and later.

type dashboard struct {
	Inputs        []any          `json:"__inputs"`
	Elements      struct{}       `json:"__elements"`
	Requires      []requirement  `json:"__requires"`
	Annotations   annotationList `json:"annotations"`
	Description   string         `json:"description"`
	Editable      bool           `json:"editable"`
	GraphTooltip  int            `json:"graphTooltip"`
	ID            *int           `json:"id"`
	Links         []link         `json:"links"`
	LiveNow       bool           `json:"liveNow"`
	Panels        []*panel       `json:"panels"`
	Refresh       string         `json:"refresh"`
	SchemaVersion int            `json:"schemaVersion"`
	Tags          []string       `json:"tags"`
	Templating    templating     `json:"templating"`
	Time          timeRange      `json:"time"`
	Timepicker    timepicker     `json:"timepicker"`
	Timezone      string         `json:"timezone"`
	Title         string         `json:"title"`
	UID           string         `json:"uid"`
	Version       int            `json:"version"`
	WeekStart     string         `json:"weekStart"`
}

type requirement struct {
	Type    string `json:"type"`
	ID      string `json:"id"`
	Name    string `json:"name"`
	Version string `json:"version"`
}

type annotationList struct {
	List []annotation `json:"list"`
}

// annotation marks times on the panels that have an axis of time.
type annotation struct {
	Datasource  datasource `json:"datasource"`
	Enable      bool       `json:"enable"`
	Expr        string     `json:"expr"`
	Hide        bool       `json:"hide"`
	IconColor   string     `json:"iconColor"`
	Name        string     `json:"name"`
	Step        string     `json:"step"`
	TagKeys     string     `json:"tagKeys"`
	TextFormat  string     `json:"textFormat"`
	TitleFormat string     `json:"titleFormat"`
	ValueIsTime bool       `json:"useValueForTime"`
}

// link is the list of all dashboards with the same tags.
type link struct {
	AsDropdown  bool     `json:"asDropdown"`
	Icon        string   `json:"icon"`
	IncludeVars bool     `json:"includeVars"`
	KeepTime    bool     `json:"keepTime"`
	Tags        []string `json:"tags"`
	TargetBlank bool     `json:"targetBlank"`
	Title       string   `json:"title"`
	Tooltip     string   `json:"tooltip"`
	Type        string   `json:"type"`
	URL         string   `json:"url"`
}

// timepicker is hidden where all panels show days, whatever the range is.
type timepicker struct {
	Hidden bool `json:"hidden"`
}

type timeRange struct {
	From string `json:"from"`
	To   string `json:"to"`
}

type templating struct {
	List []variable `json:"list"`
}

type variable struct {
	AllValue   string         `json:"allValue,omitempty"`
	Current    map[string]any `json:"current"`
	Datasource *datasource    `json:"datasource,omitempty"`
	Definition string         `json:"definition,omitempty"`
	Hide       int            `json:"hide"`
	IncludeAll bool           `json:"includeAll"`
	Label      string         `json:"label"`
	Multi      bool           `json:"multi"`
	Name       string         `json:"name"`
	Options    []any          `json:"options"`
	Query      any            `json:"query"`
	Refresh    int            `json:"refresh"`
	Regex      string         `json:"regex"`
	Sort       int            `json:"sort,omitempty"`
	Type       string         `json:"type"`
}

type datasource struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

// panel is a panel or, with the type row, the head of those that follow or,
// when it is collapsed, of those that it contains.
type panel struct {
	Collapsed        *bool            `json:"collapsed,omitempty"`
	Datasource       *datasource      `json:"datasource,omitempty"`
	Description      string           `json:"description,omitempty"`
	FieldConfig      *fieldConfig     `json:"fieldConfig,omitempty"`
	GridPos          gridPos          `json:"gridPos"`
	HideTimeOverride bool             `json:"hideTimeOverride,omitempty"`
	ID               int              `json:"id"`
	Interval         string           `json:"interval,omitempty"`
	MaxDataPoints    int              `json:"maxDataPoints,omitempty"`
	Options          any              `json:"options,omitempty"`
	Panels           *[]*panel        `json:"panels,omitempty"`
	Targets          []target         `json:"targets,omitempty"`
	TimeFrom         string           `json:"timeFrom,omitempty"`
	Title            string           `json:"title"`
	Transformations  []transformation `json:"transformations,omitempty"`
	Transparent      bool             `json:"transparent,omitempty"`
	Type             string           `json:"type"`
}

type gridPos struct {
	H int `json:"h"`
	W int `json:"w"`
	X int `json:"x"`
	Y int `json:"y"`
}

type target struct {
	Datasource   datasource `json:"datasource"`
	EditorMode   string     `json:"editorMode"`
	Expr         string     `json:"expr"`
	Format       string     `json:"format"`
	Instant      bool       `json:"instant"`
	Range        bool       `json:"range"`
	LegendFormat string     `json:"legendFormat"`
	RefID        string     `json:"refId"`
}

type transformation struct {
	ID      string   `json:"id"`
	Options any      `json:"options"`
	Filter  *matcher `json:"filter,omitempty"` // of frames; nil: all
}

type fieldConfig struct {
	Defaults  fieldDefaults `json:"defaults"`
	Overrides []override    `json:"overrides"`
}

type fieldDefaults struct {
	Color       *color         `json:"color,omitempty"`
	Custom      map[string]any `json:"custom,omitempty"`
	Decimals    *int           `json:"decimals,omitempty"`
	DisplayName string         `json:"displayName,omitempty"`
	Links       []dataLink     `json:"links,omitempty"`
	FieldMinMax bool           `json:"fieldMinMax,omitempty"` // bars in cells and small graphs have each their own scale; Grafana 10.2
	Mappings    []any          `json:"mappings"`
	Max         *float64       `json:"max,omitempty"`
	Min         *float64       `json:"min,omitempty"`
	NoValue     string         `json:"noValue,omitempty"`
	Thresholds  *thresholds    `json:"thresholds,omitempty"`
	Unit        string         `json:"unit"`
}

type color struct {
	Mode       string `json:"mode"`
	FixedColor string `json:"fixedColor,omitempty"`
}

type dataLink struct {
	Title       string `json:"title"`
	URL         string `json:"url"`
	TargetBlank bool   `json:"targetBlank"`
}

type thresholds struct {
	Mode  string `json:"mode"`
	Steps []step `json:"steps"`
}

type step struct {
	Color string   `json:"color"`
	Value *float64 `json:"value"` // nil in the first step: from minus infinity
}

type override struct {
	Matcher    matcher    `json:"matcher"`
	Properties []property `json:"properties"`
}

type matcher struct {
	ID      string `json:"id"`
	Options string `json:"options"`
}

type property struct {
	ID    string `json:"id"`
	Value any    `json:"value"`
}

type valueMap struct {
	Type    string               `json:"type"`
	Options map[string]mapResult `json:"options"`
}

type mapResult struct {
	Color string `json:"color,omitempty"`
	Index int    `json:"index"`
	Text  string `json:"text"`
}
