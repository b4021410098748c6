package texts

// figures are the texts of the page of figures.
var figures = map[string]string{}

// files are the texts of workbooks and tables.
var files = map[string]string{}
