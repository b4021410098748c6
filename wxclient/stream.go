package wxclient

import (
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

// readAnswer reads the body of a data API, row by row, so that what takes memory is
// what is kept. No list, null and [] all mean that there are no rows, and so does
// {}, which is how PHP writes an empty list. The rows stay raw; the caller decodes
// them.
func readAnswer(api string, body io.Reader, redact redactor) (Answer, error) {
	var (
		e       envelope
		a       Answer
		list    error // what is wrong with the list
		delayed json.RawMessage
	)
	from := &answerReader{Decoder: json.NewDecoder(&scrubber{from: body})}
	err := from.eachField(func(name string) (err error) {
		switch strings.ToLower(name) {
		case "errcode":
			return from.Decode(&e.ErrCode)
		case "errmsg":
			return from.Decode(&e.ErrMsg)
		case "is_delay":
			return from.Decode(&delayed)
		case "list":
			if a.Rows, err = from.list(); errors.Is(err, errList) {
				list, err = err, nil
			}
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
