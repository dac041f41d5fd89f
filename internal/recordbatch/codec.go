package recordbatch

import (
	"errors"
	"fmt"
)

// Codec is how the records of a batch are compressed.
type Codec int8

// The codecs, numbered as in batch attributes.
const (
	None Codec = iota
	Gzip
	Snappy
	LZ4
	ZSTD
)

var codecNames = [...]string{"none", "gzip", "snappy", "lz4", "zstd"}

// String is the codec's name in compression.type.
func (c Codec) String() string {
	if c < 0 || int(c) >= len(codecNames) {
		return fmt.Sprintf("codec %d", int8(c))
	}
	return codecNames[c]
}

// ParseCodec is the inverse of String.
func ParseCodec(name string) (Codec, error) {
	for i, n := range codecNames {
		if n == name {
			return Codec(i), nil
		}
	}
	return None, fmt.Errorf("compression codec %q: want none, gzip, snappy, lz4 or zstd", name)
}

// DefaultMaxDecompressed bounds what one batch may inflate to, in bytes.
const DefaultMaxDecompressed = 256 << 20

var (
	errTooMuch      = errors.New("compressed data inflates beyond the limit")
	errUnknownCodec = errors.New("unknown compression codec")
)

// decompress appends to dst[:0] what src inflates to, at most limit bytes. The
// result may share dst's memory and, for None, is src. legacy tells that src is
// from a magic 0 or 1 message.
func decompress(c Codec, dst, src []byte, limit int, legacy bool) ([]byte, error) {
	switch c {
	case None:
		return src, nil
	case Gzip:
		return gunzip(dst[:0], src, limit)
	case Snappy:
		return unsnappy(dst[:0], src, limit)
	case LZ4:
		return unlz4(dst[:0], src, limit, !legacy)
	case ZSTD:
		if !legacy {
			return unzstd(dst[:0], src, limit)
		}
	}
	return nil, fmt.Errorf("%w %d", errUnknownCodec, int8(c))
}

// compress appends to dst what src compresses to.
func compress(c Codec, dst, src []byte) ([]byte, error) {
	switch c {
	case None:
		return append(dst, src...), nil
	case Gzip:
		return doGzip(dst, src)
	case Snappy:
		return doSnappy(dst, src), nil
	case LZ4:
		return doLZ4(dst, src)
	case ZSTD:
		return doZstd(dst, src), nil
	}
	return nil, fmt.Errorf("%w %d", errUnknownCodec, int8(c))
}
