package recordbatch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

// appender is an io.Writer that appends.
type appender struct{ b []byte }

func (a *appender) Write(p []byte) (int, error) {
	a.b = append(a.b, p...)
	return len(p), nil
}

// ---- gzip

type gzipReader struct {
	src   bytes.Reader
	inner gzip.Reader
}

type gzipWriter struct {
	dst   appender
	inner *gzip.Writer
}

var (
	gzipReaders = sync.Pool{New: func() any { return new(gzipReader) }}
	gzipWriters = sync.Pool{New: func() any { return &gzipWriter{inner: gzip.NewWriter(nil)} }}
)

func gunzip(dst, src []byte, limit int) ([]byte, error) {
	r := gzipReaders.Get().(*gzipReader)
	defer gzipReaders.Put(r)
	defer r.src.Reset(nil)
	r.src.Reset(src)
	if err := r.inner.Reset(&r.src); err != nil {
		return nil, err
	}
	// The trailer tells the inflated size; deflate shrinks at most 1032:1, so a
	// larger claim is a lie.
	if len(src) >= 18 {
		hint := int64(binary.LittleEndian.Uint32(src[len(src)-4:]))
		dst = slices.Grow(dst, int(min(hint, int64(len(src))*1032, int64(limit)))+1)
	}
	return readAll(dst, &r.inner, limit)
}

// readAll appends what r gives to dst, and fails beyond limit bytes.
func readAll(dst []byte, r io.Reader, limit int) ([]byte, error) {
	for {
		if len(dst) == cap(dst) {
			dst = slices.Grow(dst, 4096)
		}
		n, err := r.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		if len(dst) > limit {
			return nil, errTooMuch
		}
		if err == io.EOF {
			return dst, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func doGzip(dst, src []byte) ([]byte, error) {
	w := gzipWriters.Get().(*gzipWriter)
	defer gzipWriters.Put(w)
	w.dst.b = dst
	defer func() { w.dst.b = nil }()
	w.inner.Reset(&w.dst)
	if _, err := w.inner.Write(src); err != nil {
		return nil, err
	}
	if err := w.inner.Close(); err != nil {
		return nil, err
	}
	return w.dst.b, nil
}

// ---- snappy

// xerialMagic opens the framing of Java's library: the magic, two int32
// versions, then blocks of an int32 length and plain snappy each.
var xerialMagic = []byte("\x82SNAPPY\x00")

const (
	xerialHeaderLen = 16
	xerialBlock     = 32 << 10 // the block size that Java writes
)

var (
	errXerial   = errors.New("malformed snappy data")
	errZstdSize = errors.New("zstd frame claims an impossible content size")
)

func unsnappy(dst, src []byte, limit int) ([]byte, error) {
	if !bytes.HasPrefix(src, xerialMagic) {
		return unsnappyBlock(dst, src, limit)
	}
	if len(src) < xerialHeaderLen {
		return nil, errXerial
	}
	var err error
	for src = src[xerialHeaderLen:]; len(src) > 0; {
		if len(src) < 4 {
			return nil, errXerial
		}
		n := int64(be.Uint32(src))
		src = src[4:]
		if n > int64(len(src)) {
			return nil, errXerial
		}
		if dst, err = unsnappyBlock(dst, src[:n], limit); err != nil {
			return nil, err
		}
		src = src[n:]
	}
	return dst, nil
}

func unsnappyBlock(dst, src []byte, limit int) ([]byte, error) {
	n, err := s2.DecodedLen(src)
	if err != nil {
		return nil, err
	}
	if n > limit-len(dst) {
		return nil, errTooMuch
	}
	// A copy of two or three bytes makes at most 64: more is a lie, not worth
	// an allocation.
	if n > len(src)*64 {
		return nil, errXerial
	}
	dst = slices.Grow(dst, n)
	out, err := s2.Decode(dst[len(dst):len(dst)+n], src)
	if err != nil {
		return nil, err
	}
	return dst[:len(dst)+len(out)], nil
}

func doSnappy(dst, src []byte) []byte {
	dst = append(dst, xerialMagic...)
	dst = append(dst, 0, 0, 0, 1, 0, 0, 0, 1)
	for len(src) > 0 {
		n := min(len(src), xerialBlock)
		dst = slices.Grow(dst, 4+s2.MaxEncodedLen(n))
		at := len(dst) + 4
		block := s2.EncodeSnappy(dst[at:cap(dst)], src[:n])
		dst = be.AppendUint32(dst, uint32(len(block)))
		dst = dst[:at+len(block)]
		src = src[n:]
	}
	return dst
}

// ---- zstd

var zstdEncoders = sync.Pool{New: func() any {
	// Java writes no checksum; the batch has its own.
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderCRC(false), zstd.WithWindowSize(1<<20), zstd.WithZeroFrames(true))
	if err != nil {
		panic(err) // the options are constants
	}
	return e
}}

// zstdDecoders holds one pool per limit, since a decoder's limit is fixed.
// Limits come from configuration: there are few.
var zstdDecoders sync.Map // int -> *sync.Pool

func zstdPool(limit int) *sync.Pool {
	if p, ok := zstdDecoders.Load(limit); ok {
		return p.(*sync.Pool)
	}
	p, _ := zstdDecoders.LoadOrStore(limit, &sync.Pool{New: func() any {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxMemory(uint64(max(limit, zstdWindow))))
		if err != nil {
			panic(err) // limits are positive
		}
		return d
	}})
	return p.(*sync.Pool)
}

// zstdWindow is the least that decoders allow: frames declare a window, of up to
// 8 MiB at common levels, whatever their content is, and are refused for it.
const zstdWindow = 8 << 20

// zstdRatio is the most a zstd frame can inflate: a run block of four bytes
// stands for at most 128 KiB.
const zstdRatio = 128 << 10 / 4

func unzstd(dst, src []byte, limit int) ([]byte, error) {
	// The decoder allocates what the frame header claims; look at it first.
	var h zstd.Header
	if err := h.Decode(src); err == nil && h.HasFCS && h.FrameContentSize > uint64(len(src))*zstdRatio {
		return nil, errZstdSize
	}
	pool := zstdPool(limit)
	d := pool.Get().(*zstd.Decoder)
	defer pool.Put(d)
	out, err := d.DecodeAll(src, dst)
	if errors.Is(err, zstd.ErrDecoderSizeExceeded) {
		return nil, errTooMuch
	}
	if err != nil {
		return nil, err
	}
	if len(out) > limit {
		return nil, errTooMuch
	}
	return out, nil
}

func doZstd(dst, src []byte) []byte {
	e := zstdEncoders.Get().(*zstd.Encoder)
	defer zstdEncoders.Put(e)
	return e.EncodeAll(src, dst)
}
