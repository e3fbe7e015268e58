/*
 * Plays seeds through a fuzz target without a fuzzer: each argument is a file,
 * or a folder whose files are played. Builds without libFuzzer link it, so that
 * every seed is a regression test. It must not know any target.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SEED_MAX = 1 << 20 };

/* Reads the file and gives it to the target; false when it cannot be read. */
static int play_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 0;
    }
    uint8_t *data = malloc(SEED_MAX);
    if (data == NULL) {
        fclose(file);
        return 0;
    }
    size_t size = fread(data, 1, SEED_MAX, file);
    fclose(file);
    /* An exact copy lets AddressSanitizer see a read past the end. */
    uint8_t *exact = malloc(size > 0 ? size : 1);
    if (exact != NULL) {
        memcpy(exact, data, size);
        LLVMFuzzerTestOneInput(exact, size);
    }
    free(data);
    int played = exact != NULL;
    free(exact);
    return played;
}

/* Plays every file of the folder; returns how many, or -1 on failure. */
static int play_folder(const char *path)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        perror(path);
        return -1;
    }
    int count = 0;
    const struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        char name[4096];
        if (entry->d_name[0] == '.') {
            continue;
        }
        int length = snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (length < 0 || (size_t)length >= sizeof name || !play_file(name)) {
            count = -1;
            break;
        }
        count++;
    }
    closedir(folder);
    return count;
}

int main(int argc, char **argv)
{
    int total = 0;
    for (int i = 1; i < argc; i++) {
        struct stat info;
        if (stat(argv[i], &info) != 0) {
            perror(argv[i]);
            return 1;
        }
        int count = S_ISDIR(info.st_mode) ? play_folder(argv[i]) : play_file(argv[i]);
        if (count < 0 || (!S_ISDIR(info.st_mode) && count == 0)) {
            return 1;
        }
        total += count;
    }
    printf("%d seeds played\n", total);
    return total > 0 ? 0 : 1;
}
