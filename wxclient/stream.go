package wxclient

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	maxSkipped = 1_000_000 // values of an answer that nobody wants
	maxDepth   = 10_000    // to which they may be nested, as encoding/json has it for what is read
)

var (
	errEmpty   = errors.New("the answer is empty")
	errJSON    = errors.New("the answer is not JSON, or cut off")
	errObject  = errors.New("the answer is not a JSON object")
	errList    = errors.New("list is not an array")
	errMaxRows = fmt.Errorf("the answer has more than %d rows", maxRows)
	errSkipped = fmt.Errorf("the answer has more than %d values beside its rows", maxSkipped)
)

// answerReader reads an answer piece by piece.
type answerReader struct {
	*json.Decoder
	skipped int
}

// theAnswer is How.Rows when the answer itself is the row.
const theAnswer = "."

// readAnswer reads the body of a data API, row by row, so that what takes memory is
// what is kept. No list, null and [] all mean that there are no rows, and so does
// {}, which is how PHP writes an empty list. The rows stay raw; the caller decodes
// them. rows is as How.Rows.
func readAnswer(api, rows string, body io.Reader, redact redactor) (Answer, error) {
	var (
		e       envelope
		a       Answer
		list    error // what is wrong with the list
		delayed json.RawMessage
		total   json.RawMessage
		object  []byte // the answer as a row
	)
	path := strings.Split(cmp.Or(rows, "list"), ".")
	from := &answerReader{Decoder: json.NewDecoder(&scrubber{from: body})}
	err := from.eachField(func(name string) (err error) {
		switch strings.ToLower(name) {
		case "errcode":
			return from.Decode(&e.ErrCode)
		case "errmsg":
			return from.Decode(&e.ErrMsg)
		case "is_delay":
			return from.Decode(&delayed)
		case "base_resp":
			return from.Decode(&e.BaseResp)
		case "total_num":
			return from.Decode(&total)
		case path[0]:
			if a.Rows, err = from.rows(path[1:]); isShape(err) {
				list, err = err, nil
			}
			return err
		}
		if rows == theAnswer {
			object, err = from.field(object, name)
			return err
		}
		return from.skip(0)
	})
	if err != nil {
		return Answer{}, invalid(api, err.Error())
	}
	if err := e.check(api, list, redact); err != nil {
		return Answer{}, err
	}
	a.Delayed = isTrue(delayed)
	if object != nil {
		a.Rows = []json.RawMessage{append(object, '}')}
	}
	var ok bool
	if a.total, ok = parseInteger(total); !ok {
		return Answer{}, invalid(api, "total_num is not an integer")
	}
	return a, nil
}

// eachField reads a JSON object that nothing follows. read is called behind each
// name and has to read the value.
func (from *answerReader) eachField(read func(name string) error) error {
	switch first, err := from.Token(); {
	case errors.Is(err, io.EOF):
		return errEmpty
	case err != nil:
		return errJSON
	case first != json.Delim('{'):
		return errObject
	}
	for from.More() {
		name, err := from.Token()
		if err == nil {
			err = read(fmt.Sprint(name))
		}
		if errors.Is(err, errMaxRows) || errors.Is(err, errSkipped) {
			return err
		}
		if err != nil {
			return errJSON
		}
	}
	if _, err := from.Token(); err != nil { // the brace
		return errJSON
	}
	if _, err := from.Token(); !errors.Is(err, io.EOF) {
		return errJSON
	}
	return nil
}

// errText is that a text, which should hold JSON, holds something else.
var errText = errors.New("a text of the answer does not hold JSON")

// isShape reports whether an answer is JSON, but of another shape.
func isShape(err error) bool { return errors.Is(err, errList) || errors.Is(err, errText) }

// rows reads the rows at a path of the value that is next.
func (from *answerReader) rows(path []string) ([]json.RawMessage, error) {
	if len(path) == 0 {
		return from.list()
	}
	var value json.RawMessage
	if err := from.Decode(&value); err != nil {
		return nil, err
	}
	return rowsAt(value, path)
}

// rowsAt finds the rows at a path of a value, also through JSON that is a text. Where there
// is nothing, there are no rows.
func rowsAt(value json.RawMessage, path []string) ([]json.RawMessage, error) {
	var text string
	if len(value) > 0 && value[0] == '"' {
		if err := json.Unmarshal(value, &text); err != nil {
			return nil, err
		}
		if value = scrubJSON([]byte(text)); text != "" && !json.Valid(value) {
			return nil, errText
		}
	}
	value = bytes.TrimSpace(value)
	switch {
	case len(value) == 0 || string(value) == "null" || string(value) == "[]":
		return nil, nil
	case len(path) == 0:
		return (&answerReader{Decoder: json.NewDecoder(bytes.NewReader(value))}).list()
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(value, &fields); err != nil {
		return nil, errList
	}
	return rowsAt(fields[path[0]], path[1:])
}

// field adds a field, whose value is next, to an object.
func (from *answerReader) field(object []byte, name string) ([]byte, error) {
	var value json.RawMessage
	if err := from.Decode(&value); err != nil {
		return nil, err
	}
	key, err := json.Marshal(name)
	if err != nil {
		return nil, err
	}
	object = append(object, "{,"[min(len(object), 1)])
	return append(append(append(object, key...), ':'), value...), nil
}

// list reads the rows of a list. If it is none, it is skipped and the error is
// errList.
func (from *answerReader) list() ([]json.RawMessage, error) {
	first, err := from.Token()
	switch {
	case err != nil || first == nil:
		return nil, err
	case first == json.Delim('{') && !from.More():
		_, err = from.Token()
		return []json.RawMessage{}, err
	case first != json.Delim('['):
		if err := from.skipRest(first, 0); err != nil {
			return nil, err
		}
		return nil, errList
	}
	rows := []json.RawMessage{}
	for from.More() {
		if len(rows) == maxRows {
			return nil, errMaxRows
		}
		var row json.RawMessage
		if err := from.Decode(&row); err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	_, err = from.Token()
	return rows, err
}

// skip reads a value that nobody wants, piece by piece.
func (from *answerReader) skip(depth int) error {
	first, err := from.Token()
	if err != nil {
		return err
	}
	return from.skipRest(first, depth)
}

// skipRest skips the rest of a value that begins with first.
func (from *answerReader) skipRest(first json.Token, depth int) error {
	if from.skipped++; from.skipped > maxSkipped {
		return errSkipped
	}
	if _, ok := first.(json.Delim); !ok {
		return nil
	}
	if depth == maxDepth {
		return errJSON
	}
	for from.More() {
		if err := from.skip(depth + 1); err != nil {
			return err
		}
	}
	_, err := from.Token()
	return err
}
