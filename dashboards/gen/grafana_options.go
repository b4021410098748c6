package main

type legendOptions struct {
	Calcs       []string `json:"calcs"`
	DisplayMode string   `json:"displayMode"`
	Placement   string   `json:"placement"`
	ShowLegend  bool     `json:"showLegend"`
}

type tooltipOptions struct {
	Mode string `json:"mode"`
	Sort string `json:"sort"`
}

type reduceOptions struct {
	Calcs  []string `json:"calcs"`
	Fields string   `json:"fields"`
	Values bool     `json:"values"`
}

type barChartOptions struct {
	BarRadius           float64        `json:"barRadius"`
	BarWidth            float64        `json:"barWidth"`
	FullHighlight       bool           `json:"fullHighlight"`
	GroupWidth          float64        `json:"groupWidth"`
	Legend              legendOptions  `json:"legend"`
	Orientation         string         `json:"orientation"`
	ShowValue           string         `json:"showValue"`
	Stacking            string         `json:"stacking"`
	Tooltip             tooltipOptions `json:"tooltip"`
	XField              string         `json:"xField"`
	XTickLabelRotation  int            `json:"xTickLabelRotation"`
	XTickLabelSpacing   int            `json:"xTickLabelSpacing"`
	XTickLabelMaxLength int            `json:"xTickLabelMaxLength,omitempty"`
}

type timeSeriesOptions struct {
	Legend  legendOptions  `json:"legend"`
	Tooltip tooltipOptions `json:"tooltip"`
}

type statOptions struct {
	ColorMode     string        `json:"colorMode"`
	GraphMode     string        `json:"graphMode"`
	JustifyMode   string        `json:"justifyMode"`
	Orientation   string        `json:"orientation"`
	ReduceOptions reduceOptions `json:"reduceOptions"`
	Text          *textSizes    `json:"text,omitempty"`
	TextMode      string        `json:"textMode"`
}

// textSizes are in pixels; without them Grafana makes each text as large as fits.
type textSizes struct {
	Title int `json:"titleSize"`
	Value int `json:"valueSize"`
}

type tableOptions struct {
	ShowHeader bool `json:"showHeader"`
}

type sortByOptions struct {
	Fields struct{}    `json:"fields"`
	Sort   []sortField `json:"sort"`
}

type sortField struct {
	Field string `json:"field"`
	Desc  bool   `json:"desc"`
}

type joinOptions struct {
	ByField string `json:"byField"`
	Mode    string `json:"mode"`
}

type matrixOptions struct {
	ColumnField string `json:"columnField"`
	RowField    string `json:"rowField"`
	ValueField  string `json:"valueField"`
	EmptyValue  string `json:"emptyValue"`
}

type organizeOptions struct {
	ExcludeByName map[string]bool   `json:"excludeByName"`
	IndexByName   map[string]int    `json:"indexByName"`
	RenameByName  map[string]string `json:"renameByName"`
}

type renameOptions struct {
	Regex         string `json:"regex"`
	RenamePattern string `json:"renamePattern"`
}

type convertOptions struct {
	Conversions []conversion `json:"conversions"`
	Fields      struct{}     `json:"fields"`
}

type conversion struct {
	TargetField     string `json:"targetField"`
	DestinationType string `json:"destinationType"`
	DateFormat      string `json:"dateFormat"`
}
