/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CRC32c over packets (RFC 9260 appendix A: polynomial 0x1EDC6F41, here reflected as 0x82F63B78). Pure functions, called from every thread.
 *
 * Four ways to one result, tested against each other: a table of one byte per step, which is the reference; the CRC32 instruction of
 * SSE4.2, eight bytes per step; the same three times side by side, because the instruction can begin every cycle but takes three (after
 * V. Gopal and others, "Fast CRC Computation for iSCSI Polynomial Using CRC32 Instruction", Intel, 2011); and the instruction of ARMv8.
 * Chosen once, before main(), by what the processor has, so that one binary serves all: the library is built without -march on purpose.
 *
 * A packet of 200 bytes with its checksum verified: 19 cycles of the time stamp counter, 38 with the instruction once per step, 908 with
 * the table; one of 1,500 bytes: 95, 320, 6,805 (AMD Zen 5 at twice that counter's rate). Not there: folding with VPCLMULQDQ, which begins
 * to pay where packets are longer than those of signalling.
 */
#include "dataplane/transport/crc32c.h"

#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#include <wmmintrin.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#define POLYNOMIAL UINT32_C(0x82f63b78)

/* Side by side: words of each third at most (1,536 bytes for the three), and from how many bytes on three are faster than one. */
#define THIRD_WORDS_MAX 64
#define THIRDS_MIN      80

static const char *const names[CRC32C_WAYS] = {
	[CRC32C_TABLE] = "table",
	[CRC32C_SSE42] = "sse4.2",
	[CRC32C_SSE42_PCLMUL] = "sse4.2 and pclmul",
	[CRC32C_ARMV8] = "armv8",
};

/* Written before main(), read ever after. */
static enum crc32c_way chosen;

/* remainders[i] is the CRC of the single byte i. */
static const uint32_t remainders[256] = {
	0x00000000, 0xf26b8303, 0xe13b70f7, 0x1350f3f4, 0xc79a971f, 0x35f1141c, 0x26a1e7e8, 0xd4ca64eb, 0x8ad958cf, 0x78b2dbcc, 0x6be22838,
	0x9989ab3b, 0x4d43cfd0, 0xbf284cd3, 0xac78bf27, 0x5e133c24, 0x105ec76f, 0xe235446c, 0xf165b798, 0x030e349b, 0xd7c45070, 0x25afd373,
	0x36ff2087, 0xc494a384, 0x9a879fa0, 0x68ec1ca3, 0x7bbcef57, 0x89d76c54, 0x5d1d08bf, 0xaf768bbc, 0xbc267848, 0x4e4dfb4b, 0x20bd8ede,
	0xd2d60ddd, 0xc186fe29, 0x33ed7d2a, 0xe72719c1, 0x154c9ac2, 0x061c6936, 0xf477ea35, 0xaa64d611, 0x580f5512, 0x4b5fa6e6, 0xb93425e5,
	0x6dfe410e, 0x9f95c20d, 0x8cc531f9, 0x7eaeb2fa, 0x30e349b1, 0xc288cab2, 0xd1d83946, 0x23b3ba45, 0xf779deae, 0x05125dad, 0x1642ae59,
	0xe4292d5a, 0xba3a117e, 0x4851927d, 0x5b016189, 0xa96ae28a, 0x7da08661, 0x8fcb0562, 0x9c9bf696, 0x6ef07595, 0x417b1dbc, 0xb3109ebf,
	0xa0406d4b, 0x522bee48, 0x86e18aa3, 0x748a09a0, 0x67dafa54, 0x95b17957, 0xcba24573, 0x39c9c670, 0x2a993584, 0xd8f2b687, 0x0c38d26c,
	0xfe53516f, 0xed03a29b, 0x1f682198, 0x5125dad3, 0xa34e59d0, 0xb01eaa24, 0x42752927, 0x96bf4dcc, 0x64d4cecf, 0x77843d3b, 0x85efbe38,
	0xdbfc821c, 0x2997011f, 0x3ac7f2eb, 0xc8ac71e8, 0x1c661503, 0xee0d9600, 0xfd5d65f4, 0x0f36e6f7, 0x61c69362, 0x93ad1061, 0x80fde395,
	0x72966096, 0xa65c047d, 0x5437877e, 0x4767748a, 0xb50cf789, 0xeb1fcbad, 0x197448ae, 0x0a24bb5a, 0xf84f3859, 0x2c855cb2, 0xdeeedfb1,
	0xcdbe2c45, 0x3fd5af46, 0x7198540d, 0x83f3d70e, 0x90a324fa, 0x62c8a7f9, 0xb602c312, 0x44694011, 0x5739b3e5, 0xa55230e6, 0xfb410cc2,
	0x092a8fc1, 0x1a7a7c35, 0xe811ff36, 0x3cdb9bdd, 0xceb018de, 0xdde0eb2a, 0x2f8b6829, 0x82f63b78, 0x709db87b, 0x63cd4b8f, 0x91a6c88c,
	0x456cac67, 0xb7072f64, 0xa457dc90, 0x563c5f93, 0x082f63b7, 0xfa44e0b4, 0xe9141340, 0x1b7f9043, 0xcfb5f4a8, 0x3dde77ab, 0x2e8e845f,
	0xdce5075c, 0x92a8fc17, 0x60c37f14, 0x73938ce0, 0x81f80fe3, 0x55326b08, 0xa759e80b, 0xb4091bff, 0x466298fc, 0x1871a4d8, 0xea1a27db,
	0xf94ad42f, 0x0b21572c, 0xdfeb33c7, 0x2d80b0c4, 0x3ed04330, 0xccbbc033, 0xa24bb5a6, 0x502036a5, 0x4370c551, 0xb11b4652, 0x65d122b9,
	0x97baa1ba, 0x84ea524e, 0x7681d14d, 0x2892ed69, 0xdaf96e6a, 0xc9a99d9e, 0x3bc21e9d, 0xef087a76, 0x1d63f975, 0x0e330a81, 0xfc588982,
	0xb21572c9, 0x407ef1ca, 0x532e023e, 0xa145813d, 0x758fe5d6, 0x87e466d5, 0x94b49521, 0x66df1622, 0x38cc2a06, 0xcaa7a905, 0xd9f75af1,
	0x2b9cd9f2, 0xff56bd19, 0x0d3d3e1a, 0x1e6dcdee, 0xec064eed, 0xc38d26c4, 0x31e6a5c7, 0x22b65633, 0xd0ddd530, 0x0417b1db, 0xf67c32d8,
	0xe52cc12c, 0x1747422f, 0x49547e0b, 0xbb3ffd08, 0xa86f0efc, 0x5a048dff, 0x8ecee914, 0x7ca56a17, 0x6ff599e3, 0x9d9e1ae0, 0xd3d3e1ab,
	0x21b862a8, 0x32e8915c, 0xc083125f, 0x144976b4, 0xe622f5b7, 0xf5720643, 0x07198540, 0x590ab964, 0xab613a67, 0xb831c993, 0x4a5a4a90,
	0x9e902e7b, 0x6cfbad78, 0x7fab5e8c, 0x8dc0dd8f, 0xe330a81a, 0x115b2b19, 0x020bd8ed, 0xf0605bee, 0x24aa3f05, 0xd6c1bc06, 0xc5914ff2,
	0x37faccf1, 0x69e9f0d5, 0x9b8273d6, 0x88d28022, 0x7ab90321, 0xae7367ca, 0x5c18e4c9, 0x4f48173d, 0xbd23943e, 0xf36e6f75, 0x0105ec76,
	0x12551f82, 0xe03e9c81, 0x34f4f86a, 0xc69f7b69, 0xd5cf889d, 0x27a40b9e, 0x79b737ba, 0x8bdcb4b9, 0x988c474d, 0x6ae7c44e, 0xbe2da0a5,
	0x4c4623a6, 0x5f16d052, 0xad7d5351,
};

uint32_t crc32c_add_portable(uint32_t sum, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		sum = sum >> 8 ^ remainders[(sum ^ bytes[i]) & 0xff];
	return sum;
}

#if defined(__x86_64__)
/* What a sum is multiplied by to make it that of a message with so many more zero bits, see powers_make(). */
struct third_power {
	uint32_t one; /* for as many bits as a third has */
	uint32_t two; /* for twice as many */
};
static struct third_power powers[THIRD_WORDS_MAX + 1];

/* x to the power of `bits` modulo the polynomial, reflected: the highest bit is that of x to the power of zero. */
static uint32_t power(size_t bits)
{
	uint32_t p = UINT32_C(1) << 31;

	for (size_t i = 0; i < bits; i++)
		p = p >> 1 ^ (p & 1 ? POLYNOMIAL : 0);
	return p;
}

/*
 * The product of two reflected words lacks one bit to 64 and the instruction that reduces it multiplies by x to the power of 32: so much
 * less goes into the factor.
 */
static void powers_make(void)
{
	for (size_t words = 1; words <= THIRD_WORDS_MAX; words++)
		powers[words] = (struct third_power){ .one = power(64 * words - 33), .two = power(2 * 64 * words - 33) };
}

static inline uint64_t word_at(const uint8_t *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

__attribute__((target("sse4.2"))) static uint32_t add_words(uint32_t sum, const uint8_t *bytes, size_t length)
{
	size_t whole = length & ~(size_t)7;
	uint64_t wide = sum;

	for (size_t i = 0; i < whole; i += 8)
		wide = _mm_crc32_u64(wide, word_at(bytes + i));
	sum = (uint32_t)wide;
	if ((length & 4) != 0) {
		uint32_t half;

		memcpy(&half, bytes + whole, sizeof(half));
		sum = _mm_crc32_u32(sum, half);
		whole += 4;
	}
	for (size_t i = whole; i < length; i++)
		sum = _mm_crc32_u8(sum, bytes[i]);
	return sum;
}

__attribute__((target("pclmul"))) static inline uint64_t multiply(uint64_t sum, uint32_t by)
{
	__m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)sum), _mm_cvtsi64_si128((long long)by), 0);

	return (uint64_t)_mm_cvtsi128_si64(product);
}

/* The sums of the first two thirds are moved up by what lies behind them, and added to the last word of the third. */
__attribute__((target("sse4.2,pclmul"))) static uint32_t add_thirds(uint32_t sum, const uint8_t *bytes, size_t length)
{
	while (length >= THIRDS_MIN) {
		size_t words = length / 24 < THIRD_WORDS_MAX ? length / 24 : THIRD_WORDS_MAX;
		size_t third = 8 * words;
		uint64_t a = sum;
		uint64_t b = 0;
		uint64_t c = 0;

		for (size_t i = 0; i < third - 8; i += 8) {
			a = _mm_crc32_u64(a, word_at(bytes + i));
			b = _mm_crc32_u64(b, word_at(bytes + third + i));
			c = _mm_crc32_u64(c, word_at(bytes + 2 * third + i));
		}
		a = _mm_crc32_u64(a, word_at(bytes + third - 8));
		b = _mm_crc32_u64(b, word_at(bytes + 2 * third - 8));
		sum = (uint32_t)_mm_crc32_u64(c, word_at(bytes + 3 * third - 8) ^ multiply(a, powers[words].two) ^
							 multiply(b, powers[words].one));
		bytes += 3 * third;
		length -= 3 * third;
	}
	return add_words(sum, bytes, length);
}
#endif

#if defined(__aarch64__)
/* By the assembler's extension: headers of compilers name the instruction only where it is sure to be there. */
static uint32_t add_words(uint32_t sum, const uint8_t *bytes, size_t length)
{
	size_t whole = length & ~(size_t)7;

	for (size_t i = 0; i < whole; i += 8) {
		uint64_t word;

		memcpy(&word, bytes + i, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		word = __builtin_bswap64(word);
#endif
		__asm__(".arch_extension crc\n\tcrc32cx %w0, %w0, %x1" : "+r"(sum) : "r"(word));
	}
	for (size_t i = whole; i < length; i++)
		__asm__(".arch_extension crc\n\tcrc32cb %w0, %w0, %w1" : "+r"(sum) : "r"((uint32_t)bytes[i]));
	return sum;
}
#endif

static bool has_way(enum crc32c_way way)
{
	switch (way) {
	case CRC32C_TABLE:
		return true;
#if defined(__x86_64__)
	case CRC32C_SSE42:
		return __builtin_cpu_supports("sse4.2");
	case CRC32C_SSE42_PCLMUL:
		return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul");
	case CRC32C_ARMV8:
#elif defined(__aarch64__) && defined(__linux__)
	case CRC32C_ARMV8:
		return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0;
	case CRC32C_SSE42:
	case CRC32C_SSE42_PCLMUL:
#else
	case CRC32C_SSE42:
	case CRC32C_SSE42_PCLMUL:
	case CRC32C_ARMV8:
#endif
	case CRC32C_WAYS:
		break;
	}
	return false;
}

__attribute__((constructor)) static void way_choose(void)
{
#if defined(__x86_64__)
	__builtin_cpu_init();
	powers_make();
#endif
	for (enum crc32c_way way = CRC32C_TABLE; way < CRC32C_WAYS; way++) {
		if (has_way(way))
			chosen = way;
	}
}

static inline uint32_t add_by(enum crc32c_way way, uint32_t sum, const uint8_t *bytes, size_t length)
{
#if defined(__x86_64__)
	if (way == CRC32C_SSE42_PCLMUL)
		return length < THIRDS_MIN ? add_words(sum, bytes, length) : add_thirds(sum, bytes, length);
	if (way == CRC32C_SSE42)
		return add_words(sum, bytes, length);
#elif defined(__aarch64__)
	if (way == CRC32C_ARMV8)
		return add_words(sum, bytes, length);
#endif
	(void)way;
	return crc32c_add_portable(sum, bytes, length);
}

uint32_t crc32c_add(uint32_t sum, const uint8_t *bytes, size_t length)
{
	return add_by(chosen, sum, bytes, length);
}

bool crc32c_add_by(enum crc32c_way way, uint32_t *sum, const uint8_t *bytes, size_t length)
{
	if (!has_way(way))
		return false;
	*sum = add_by(way, *sum, bytes, length);
	return true;
}

const char *crc32c_variant(void)
{
	return names[chosen];
}
