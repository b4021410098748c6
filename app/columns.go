package app

import (
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/width"
)

// printColumns prints lines with their cells below each other, two blanks apart, as a
// terminal shows them: Chinese characters take two places.
func printColumns(to io.Writer, lines [][]string) error {
	var widest []int
	for _, line := range lines {
		for i, c := range line {
			if i == len(widest) {
				widest = append(widest, 0)
			}
			widest[i] = max(widest[i], places(c))
		}
	}
	for _, line := range lines {
		var b strings.Builder
		for i, c := range line {
			b.WriteString(c + strings.Repeat(" ", widest[i]-places(c)+2))
		}
		if _, err := fmt.Fprintln(to, strings.TrimRight(b.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

// places is how many a text takes in a terminal.
func places(text string) (n int) {
	for _, r := range text {
		n++
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			n++
		}
	}
	return n
}
