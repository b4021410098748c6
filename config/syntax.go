package config

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"
)

// documents returns the first two YAML documents of a file; nil is none.
func documents(content []byte) (first, second *yaml.Node, err error) {
	d := yaml.NewDecoder(bytes.NewReader(content))
	if first, err = document(d); err == nil && first != nil {
		second, err = document(d)
	}
	return first, second, err
}

func document(d *yaml.Decoder) (*yaml.Node, error) {
	var n yaml.Node
	err := d.Decode(&n)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return n.Content[0], nil
}

// errorLine returns the line of an error of the YAML parser. The parser itself
// names the line before the block that the error is in, or none at all; so it
// is the last line of the shortest beginning of the file with the same error.
func errorLine(content []byte, err error) int {
	var ends []int
	for i, c := range content {
		if c == '\n' {
			ends = append(ends, i+1)
		}
	}
	ends = append(ends, len(content))
	return 1 + sort.Search(len(ends)-1, func(i int) bool {
		_, _, e := documents(content[:ends[i]])
		return e != nil && gist(e) == gist(err)
	})
}

var position = regexp.MustCompile(`^yaml: (line \d+: )?`)

// gist returns what an error of the YAML parser says, without the line, and
// without anything of the file: `app_secret: *abc` refers to an anchor, and
// the error names it.
func gist(err error) string {
	text := position.ReplaceAllString(err.Error(), "")
	if strings.HasPrefix(text, "unknown anchor ") {
		return "unknown anchor (a value that begins with * needs quotes)"
	}
	return text
}
