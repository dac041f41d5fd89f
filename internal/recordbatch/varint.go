package recordbatch

import "math/bits"

// Kafka's varints are protobuf's zigzag ones. A 32-bit one has at most five
// bytes and a 64-bit one at most ten, and Java refuses longer ones.

func zigzag(v int64) uint64   { return uint64(v<<1) ^ uint64(v>>63) }
func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

// varintSize is how many bytes appendVarint writes.
func varintSize(v int64) int { return (bits.Len64(zigzag(v)|1) + 6) / 7 }

func appendVarint(b []byte, v int64) []byte {
	u := zigzag(v)
	for u >= 0x80 {
		b = append(b, byte(u)|0x80)
		u >>= 7
	}
	return append(b, byte(u))
}

// varlong reads a 64-bit varint at the start of b and tells its size, 0 when
// there is none.
func varlong(b []byte) (int64, int) {
	if len(b) > 0 && b[0] < 0x80 { // most are one byte
		return unzigzag(uint64(b[0])), 1
	}
	var u uint64
	for i := 0; i < len(b) && i < 10; i++ {
		c := b[i]
		if i == 9 && c > 1 {
			return 0, 0
		}
		u |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			return unzigzag(u), i + 1
		}
	}
	return 0, 0
}

// varint reads a 32-bit varint at the start of b and tells its size, 0 when
// there is none.
func varint(b []byte) (int32, int) {
	if len(b) > 0 && b[0] < 0x80 {
		return int32(unzigzag(uint64(b[0]))), 1
	}
	v, n := varlong(b)
	if n > 5 || v != int64(int32(v)) {
		return 0, 0
	}
	return int32(v), n
}
