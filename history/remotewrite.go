package history

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// writeRequest is the message of Remote Write 1.0, prometheus.WriteRequest, as
// it goes over the wire. Its methods are those by which the client encodes
// messages.
type writeRequest []byte

// newWriteRequest makes the message of samples in the order of sorted.
func newWriteRequest(samples []Sample) (r writeRequest) {
	for len(samples) > 0 {
		n := 1
		for n < len(samples) && samples[n].text == samples[0].text {
			n++
		}
		r = field(r, 1, timeSeries(samples[:n]))
		samples = samples[n:]
	}
	return r
}

// timeSeries is prometheus.TimeSeries, of samples of one series.
func timeSeries(samples []Sample) (b []byte) {
	for _, l := range samples[0].Labels {
		b = field(b, 1, field(field(nil, 1, []byte(l.Name)), 2, []byte(l.Value)))
	}
	for _, s := range samples {
		value := protowire.AppendTag(nil, 1, protowire.Fixed64Type)
		value = protowire.AppendFixed64(value, math.Float64bits(s.Value))
		value = protowire.AppendTag(value, 2, protowire.VarintType)
		b = field(b, 2, protowire.AppendVarint(value, uint64(s.Time.UnixMilli())))
	}
	return b
}

// field appends a field that holds bytes.
func field(b []byte, number protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, number, protowire.BytesType), value)
}

// Size is the length of the message.
func (r writeRequest) Size() int { return len(r) }

// MarshalToSizedBuffer writes the message.
func (r writeRequest) MarshalToSizedBuffer(b []byte) (int, error) { return copy(b, r), nil }
