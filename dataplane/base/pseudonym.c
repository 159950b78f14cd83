/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Subscriber identities as they may leave the process, see pseudonym.h.
 *
 * A pseudonym is HMAC-SHA256 (RFC 2104, FIPS 180-4) under a key of this installation over the kind and the digits, cut to as many
 * hexadecimal digits as it replaces. The network code stays readable (ITU-T E.212), because whose subscriber it is decides what an
 * engineer does next, and millions share it. Called by control and by the writers of lines, never on the packet's path; a struct
 * pseudonym is immutable once opened.
 *
 * Refuses: key files of another length than PSEUDONYM_KEY_LENGTH; they are not overwritten, since another program may own them.
 * Does not: rotate keys. Who wants unlinkable pseudonyms deletes the file.
 */
#include "dataplane/base/pseudonym.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_FILE "pseudonym.key"

/*
 * Mobile country codes whose administrations assign three-digit network codes. Source: ITU-T E.212 and the annex of ITU Operational
 * Bulletin "Mobile Network Codes (MNC) for the international identification plan". Countries that use both lengths (India 405,
 * Malaysia 502, Panama 714, Trinidad 374, Bermuda 350) are left at two digits: the pseudonym then hides one digit more.
 */
static const uint16_t three_digit_countries[] = {
	302,                               /* Canada */
	310, 311, 312, 313, 314, 315, 316, /* United States */
	330,                               /* Puerto Rico */
	334,                               /* Mexico */
	338, 342, 344, 346, 348, 352, 354, /* Jamaica, Barbados, Antigua, Cayman, British Virgin Islands, Grenada, Montserrat */
	356, 358, 360, 365, 366, 376,      /* St Kitts, St Lucia, St Vincent, Anguilla, Dominica, Turks and Caicos */
	708,                               /* Honduras */
	722,                               /* Argentina */
	732,                               /* Colombia */
	750,                               /* Falkland Islands */
};

unsigned int plmn_length(digits imsi)
{
	unsigned int country;

	if (digits_count(imsi) < 3)
		return digits_count(imsi);
	country = 100 * digits_at(imsi, 0) + 10 * digits_at(imsi, 1) + digits_at(imsi, 2);
	for (size_t i = 0; i < sizeof(three_digit_countries) / sizeof(three_digit_countries[0]); i++) {
		if (three_digit_countries[i] == country)
			return 6;
	}
	return 5;
}

void pseudonym_write(const struct pseudonym *p, enum pseudonym_kind kind, digits identity, char text[PSEUDONYM_TEXT_MAX])
{
	static const char hexadecimal[] = "0123456789abcdef";
	unsigned int kept = kind == PSEUDONYM_IMSI ? plmn_length(identity) : 2;
	char number[1 + DIGITS_TEXT_MAX];
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned int mac_length = 0;
	size_t length = digits_write(identity, number + 1);
	size_t at;

	if (p->is_clear || length == 0) {
		memcpy(text, number + 1, length + 1);
		return;
	}
	if (kept > length)
		kept = (unsigned int)length;
	number[0] = kind == PSEUDONYM_IMSI ? 'i' : 'm';
	if (!HMAC(EVP_sha256(), p->key, PSEUDONYM_KEY_LENGTH, (const unsigned char *)number, length + 1, mac, &mac_length))
		memset(mac, 0, sizeof(mac));
	at = (size_t)snprintf(text, PSEUDONYM_TEXT_MAX, "%s~%.*s", kind == PSEUDONYM_IMSI ? "imsi" : "msisdn", (int)kept, number + 1);
	for (size_t i = 0; i < length - kept; i++)
		text[at++] = hexadecimal[(mac[i / 2] >> (i % 2 ? 0 : 4)) & 15];
	text[at] = '\0';
}

/* The state folder: systemd's, root's, or the user's (XDG Base Directory Specification). False when there is none. */
static bool key_path(char path[PATH_MAX])
{
	const char *state = getenv("STATE_DIRECTORY");
	const char *home = getenv("HOME");
	const char *user = getenv("XDG_STATE_HOME");
	int length;

	if (state && *state)
		length = snprintf(path, PATH_MAX, "%s/" KEY_FILE, state);
	else if (geteuid() == 0)
		length = snprintf(path, PATH_MAX, "/var/lib/sigcanary/" KEY_FILE);
	else if (user && *user)
		length = snprintf(path, PATH_MAX, "%s/sigcanary/" KEY_FILE, user);
	else if (home && *home)
		length = snprintf(path, PATH_MAX, "%s/.local/state/sigcanary/" KEY_FILE, home);
	else
		return false;
	return length > 0 && length < PATH_MAX;
}

/* Makes the folders above `path`; what is there already stays as it is. */
static void folders_make(const char *path)
{
	char folder[PATH_MAX];
	size_t length = strlen(path);

	if (length >= sizeof(folder))
		return;
	memcpy(folder, path, length + 1);
	for (size_t i = 1; i < length; i++) {
		if (folder[i] != '/')
			continue;
		folder[i] = '\0';
		(void)mkdir(folder, 0700);
		folder[i] = '/';
	}
}

static int key_read(const char *path, unsigned char key[PSEUDONYM_KEY_LENGTH])
{
	unsigned char content[PSEUDONYM_KEY_LENGTH + 1];
	int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;
	int error;

	if (file < 0)
		return -errno;
	length = read(file, content, sizeof(content));
	error = length < 0 ? -errno : 0;
	close(file);
	if (error)
		return error;
	if (length != PSEUDONYM_KEY_LENGTH)
		return -EINVAL;
	memcpy(key, content, PSEUDONYM_KEY_LENGTH);
	return 0;
}

/* What root makes in the folder of a service is that service's. */
static int owner_give(int file, const char *path)
{
	const char *name = strrchr(path, '/');
	char folder[PATH_MAX];
	struct stat found;

	if (geteuid() != 0)
		return 0;
	snprintf(folder, sizeof(folder), "%.*s", name ? (int)(name - path) + 1 : 1, name ? path : ".");
	return stat(folder, &found) == 0 && fchown(file, found.st_uid, found.st_gid) == 0 ? 0 : -errno;
}

/*
 * Writes a file beside `path` and links it there: a reader never sees half a key, and of two processes that start together one wins
 * (-EEXIST for the other, which then reads the winner's).
 */
static int key_write(const char *path, const unsigned char key[PSEUDONYM_KEY_LENGTH])
{
	char draft[PATH_MAX];
	int error = 0;
	int file;

	if (snprintf(draft, sizeof(draft), "%s.%ld", path, (long)getpid()) >= (int)sizeof(draft))
		return -ENAMETOOLONG;
	file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (file < 0)
		return -errno;
	if (write(file, key, PSEUDONYM_KEY_LENGTH) != PSEUDONYM_KEY_LENGTH || fsync(file) < 0)
		error = -EIO;
	if (!error)
		error = owner_give(file, path);
	close(file);
	if (!error && link(draft, path) < 0)
		error = -errno;
	unlink(draft);
	return error;
}

/* The kernel blocks only before its first seeding; without random numbers there is no way to keep a promise of secrecy. */
static void key_invent(unsigned char key[PSEUDONYM_KEY_LENGTH])
{
	if (getrandom(key, PSEUDONYM_KEY_LENGTH, 0) != PSEUDONYM_KEY_LENGTH)
		abort();
}

int pseudonym_open(const char *path, struct pseudonym *ret)
{
	char standard[PATH_MAX];
	int error;

	memset(ret, 0, sizeof(*ret));
	if (!path) {
		if (!key_path(standard)) {
			key_invent(ret->key);
			return -ENOENT;
		}
		path = standard;
	}
	error = key_read(path, ret->key);
	if (error == 0)
		return 0;
	key_invent(ret->key);
	if (error != -ENOENT)
		return error;
	folders_make(path);
	error = key_write(path, ret->key);
	return error == -EEXIST ? key_read(path, ret->key) : error;
}
