// Makes properties.golden.jsonl: what java.util.Properties reads from each input.
//
//	java PropertiesTable.java < properties.inputs > properties.golden.jsonl
//
// Each line of standard input is one file, its bytes in hexadecimal; each line of
// output holds that, and either the entries or the error. Ran with Java 17.0.15.
import java.io.*;
import java.util.*;

public class PropertiesTable {
    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        PrintStream out = new PrintStream(System.out, false, "UTF-8");
        for (String line; (line = in.readLine()) != null; ) {
            out.println("{\"input\":\"" + line + "\"," + read(HexFormat.of().parseHex(line)) + "}");
        }
        out.flush();
    }

    static String read(byte[] bytes) throws IOException {
        Properties p = new Properties();
        try {
            p.load(new ByteArrayInputStream(bytes));
        } catch (IllegalArgumentException e) {
            return "\"error\":" + quote(e.getMessage());
        }
        StringJoiner entries = new StringJoiner(",", "\"entries\":{", "}");
        for (String k : new TreeSet<>(p.stringPropertyNames())) {
            entries.add(quote(k) + ":" + quote(p.getProperty(k)));
        }
        return entries.toString();
    }

    static String quote(String s) {
        StringBuilder b = new StringBuilder("\"");
        for (char c : s.toCharArray()) {
            if (c < 0x20 || c > 0x7e || c == '"' || c == '\\') b.append(String.format("\\u%04x", (int) c));
            else b.append(c);
        }
        return b.append('"').toString();
    }
}
