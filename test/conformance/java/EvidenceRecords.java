import java.nio.file.Files;
import java.nio.file.Path;
import java.text.SimpleDateFormat;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.TimeZone;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.DigestCalculatorProvider;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.tsp.ers.ERSByteData;
import org.bouncycastle.tsp.ers.ERSData;
import org.bouncycastle.tsp.ers.ERSDataGroup;
import org.bouncycastle.tsp.ers.ERSEvidenceRecord;

/**
 * Judges evidence records by BouncyCastle: each line of the standard input names a date (yyyy-MM-dd), a record and the documents
 * that it is to be about, between tabs; each line of the output says what came of it.
 */
public final class EvidenceRecords {
  public static void main(String[] arguments) throws Exception {
    DigestCalculatorProvider digests = new JcaDigestCalculatorProviderBuilder().setProvider(new BouncyCastleProvider()).build();
    for (String line : new String(System.in.readAllBytes(), "UTF-8").split("\n")) {
      System.out.println(judge(digests, line.split("\t")));
    }
  }

  private static String judge(DigestCalculatorProvider digests, String[] fields) throws Exception {
    SimpleDateFormat days = new SimpleDateFormat("yyyy-MM-dd");
    days.setTimeZone(TimeZone.getTimeZone("UTC"));
    Date day = days.parse(fields[0]);
    try {
      ERSEvidenceRecord record = new ERSEvidenceRecord(Files.readAllBytes(Path.of(fields[1])), digests);
      List<ERSData> documents = new ArrayList<>();
      for (int at = 2; at < fields.length; at++) {
        documents.add(new ERSByteData(Files.readAllBytes(Path.of(fields[at]))));
      }
      record.validatePresent(documents.size() == 1 ? documents.get(0) : new ERSDataGroup(documents), day);
      record.validate(new JcaSimpleSignerInfoVerifierBuilder().setProvider(new BouncyCastleProvider()).build(record.getSigningCertificate()));
      return "present";
    } catch (Exception error) {
      return error.getClass().getSimpleName() + ": " + error.getMessage();
    }
  }
}
